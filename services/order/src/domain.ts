// What the order service decides: when a purchase begins, and whether it completes or is cancelled. Pure.

import type { Facts } from "@pavane/contracts";
import type { OrderStatus, PlaceOrderRequest } from "@pavane/contracts/order";
import type { Purchase } from "@pavane/contracts/purchase";
import { type Announcement, type Context, type Decision, nothing, Refused } from "@pavane/kernel";
import { canonicalForm, type Items, priced } from "./pricing.js";

/** What is configured. */
export interface Policy {
  /** Seconds from order.placed until the order expires. */
  readonly deadlineSeconds: number;
  /** A total above this waits for a review: minor units of whatever currency. */
  readonly reviewAboveMinorUnits: bigint;
  /** Hours a review may take before the order expires. */
  readonly reviewHours: number;
  /** Who must answer order.cancelling; kept in each order from its start. */
  readonly participants: readonly string[];
}

/** The policy where nothing is configured. */
export const defaults: Policy = {
  deadlineSeconds: 120,
  reviewAboveMinorUnits: 1_000_000n,
  reviewHours: 24,
  participants: ["user", "inventory", "item", "shipping", "payment"],
};

/** Where an order stands, in the words of the contract. */
export type Status = Exclude<keyof typeof OrderStatus, "UNSPECIFIED">;

/** An order. */
export interface Order {
  readonly orderId: string;
  readonly userId: string;
  readonly status: Status;
  readonly purchase: Purchase;
  /** What PlaceOrder asked for, in canonical form: the same id must ask for the same. */
  readonly request: string;
  /** Who must answer order.cancelling. */
  readonly participants: readonly string[];
  /** Who has: a set, kept in the order of the participants, so that it is the same whoever was first. */
  readonly answered: readonly string[];
  /** Why it was cancelled; empty while it was not. */
  readonly code: string;
  readonly reason: string;
  readonly createTime: Date;
  readonly approveTime: Date | undefined;
  readonly placeTime: Date | undefined;
  /** When it expires, or would have. */
  readonly deadlineTime: Date;
  /** The same while it can still expire. */
  readonly dueTime: Date | undefined;
  readonly completeTime: Date | undefined;
  readonly cancelTime: Date | undefined;
  readonly endTime: Date | undefined;
  readonly shipTime: Date | undefined;
  readonly deliverTime: Date | undefined;
  readonly carrier: string;
  readonly trackingNumber: string;
}

type Fact<Name extends keyof Facts> = Announcement<Name, Facts[Name]>;
type State = { readonly order: Order | undefined };
type Next<Event = never> = Decision<{ order: Order }, Event>;

/** Prices and starts an order; above the policy's total it waits for a review. The same request again changes nothing. */
export const placeOrder =
  (policy: Policy) =>
  (
    { order, items }: State & { readonly items: Items },
    request: PlaceOrderRequest,
    { now }: Context,
  ): Next<Fact<"order.submitted" | "order.placed">> => {
    const canonical = canonicalForm(request);
    if (order !== undefined) {
      if (order.request === canonical) return nothing;
      throw new Refused("already_exists", "ORDER_ALREADY_EXISTS", `order ${order.orderId} asks for something else`);
    }
    const purchase = priced(request, items);
    if (purchase.total.minorUnits <= policy.reviewAboveMinorUnits) {
      const placed = begin(draft(purchase, canonical, policy, now), policy, now);
      return { next: { order: placed }, events: [{ type: "order.placed", data: { purchase } }] };
    }
    return {
      next: { order: draft(purchase, canonical, policy, now) },
      events: [{ type: "order.submitted", data: { purchase } }],
    };
  };

/** Lets an order that waits for a review begin, with a fresh deadline. */
export const approveOrder =
  (policy: Policy) =>
  (
    state: State,
    request: { readonly orderId: string },
    { now }: Context,
  ): Next<Fact<"order.approved" | "order.placed">> => {
    const order = awaiting(state, request);
    const { purchase } = order;
    return {
      next: { order: begin({ ...order, approveTime: now }, policy, now) },
      events: [
        { type: "order.approved", data: { purchase } },
        { type: "order.placed", data: { purchase } },
      ],
    };
  };

/** Ends an order that waits for a review. */
export function rejectOrder(
  state: State,
  request: { readonly orderId: string; readonly reason: string },
  { now }: Context,
): Next<Fact<"order.cancelling">> {
  const reason = request.reason === "" ? "the review rejected the order" : request.reason;
  return cancelling(awaiting(state, request), "REJECTED_BY_REVIEW", reason, now);
}

/** Ends an order that is not completed; one that is ending or has ended stays as it is. */
export function cancelOrder(
  state: State,
  request: { readonly orderId: string; readonly reason: string },
  { now }: Context,
): Next<Fact<"order.cancelling">> {
  const order = found(state, request);
  if (order.status === "CANCELLING" || order.status === "CANCELLED") return nothing;
  if (!undecided(order)) {
    throw new Refused("not_now", "ORDER_COMPLETED", `order ${order.orderId} is ${order.status}`);
  }
  const reason = request.reason === "" ? "the customer cancelled the order" : request.reason;
  return cancelling(order, "CANCELLED_BY_USER", reason, now);
}

/** The money is captured: the order completes, unless it is being cancelled: then payment gives the money back. */
export function complete({ order }: State, _fact: unknown, { now }: Context): Next<Fact<"order.completed">> {
  if (order?.status !== "PLACED") return nothing;
  return {
    next: { order: { ...order, status: "COMPLETED", dueTime: undefined, completeTime: now } },
    events: [{ type: "order.completed", data: { purchase: order.purchase } }],
  };
}

/** A participant refused, or a saga asks to: the order is cancelled for that reason. */
export function cancel(
  { order }: State,
  { code, reason }: { readonly code: string; readonly reason: string },
  { now }: Context,
): Next<Fact<"order.cancelling">> {
  return order?.status === "PLACED" ? cancelling(order, code, reason, now) : nothing;
}

/** A participant holds nothing of the order any more; when all have said so it is cancelled. */
export const answer =
  (participant: string) =>
  ({ order }: State, _fact: unknown, { now }: Context): Next<Fact<"order.cancelled">> => {
    if (order?.status !== "CANCELLING") return nothing;
    if (!waiting(order).includes(participant)) return nothing;
    const answered = order.participants.filter((one) => one === participant || order.answered.includes(one));
    const noted = { ...order, answered };
    if (waiting(noted).length > 0) return { next: { order: noted } };
    const { purchase, code, reason } = order;
    return {
      next: { order: { ...noted, status: "CANCELLED", endTime: now } },
      events: [{ type: "order.cancelled", data: { purchase, code, reason } }],
    };
  };

/** The goods left the house. */
export function ship({ order }: State, fact: Facts["shipment.dispatched"], { now }: Context): Next {
  if (order?.status !== "COMPLETED") return nothing;
  const { carrier, trackingNumber } = fact;
  return { next: { order: { ...order, status: "SHIPPED", shipTime: now, carrier, trackingNumber } } };
}

/** The goods reached the customer, whether or not it was heard that they left. */
export function deliver({ order }: State, fact: Facts["shipment.delivered"], { now }: Context): Next {
  if (order?.status !== "COMPLETED" && order?.status !== "SHIPPED") return nothing;
  const { carrier, trackingNumber } = fact;
  return { next: { order: { ...order, status: "DELIVERED", deliverTime: now, carrier, trackingNumber } } };
}

/** The deadline has passed: an order that is not decided is cancelled. */
export function expire({ order }: State, _key: string, { now }: Context): Next<Fact<"order.cancelling">> {
  if (order?.dueTime === undefined || order.dueTime > now) return nothing;
  const late = order.status === "PLACED" ? "the order was not completed" : "the order was not reviewed";
  return cancelling(order, "EXPIRED", `${late} in time`, now);
}

/** The participants that have not answered. */
export function waiting({ participants, answered }: Order): readonly string[] {
  return participants.filter((participant) => !answered.includes(participant));
}

/** How many facts an order has announced: the version of its last. Each leaves its time in the row. */
export function announced(order: Order): bigint {
  const started = order.approveTime === undefined ? 1 : 3;
  const ended = [order.completeTime, order.cancelTime, order.endTime].filter((time) => time !== undefined);
  return BigInt(started + ended.length);
}

function draft(purchase: Purchase, request: string, policy: Policy, now: Date): Order {
  const review = new Date(now.getTime() + policy.reviewHours * 3_600_000);
  return {
    orderId: purchase.orderId,
    userId: purchase.userId,
    status: "AWAITING_APPROVAL",
    purchase,
    request,
    participants: policy.participants,
    answered: [],
    code: "",
    reason: "",
    createTime: now,
    approveTime: undefined,
    placeTime: undefined,
    deadlineTime: review,
    dueTime: review,
    completeTime: undefined,
    cancelTime: undefined,
    endTime: undefined,
    shipTime: undefined,
    deliverTime: undefined,
    carrier: "",
    trackingNumber: "",
  };
}

function begin(order: Order, policy: Policy, now: Date): Order {
  const deadline = new Date(now.getTime() + policy.deadlineSeconds * 1000);
  return { ...order, status: "PLACED", placeTime: now, deadlineTime: deadline, dueTime: deadline };
}

function cancelling(order: Order, code: string, reason: string, now: Date): Next<Fact<"order.cancelling">> {
  return {
    next: { order: { ...order, status: "CANCELLING", code, reason, dueTime: undefined, cancelTime: now } },
    events: [{ type: "order.cancelling", data: { purchase: order.purchase, code, reason } }],
  };
}

function undecided({ status }: Order): boolean {
  return status === "AWAITING_APPROVAL" || status === "PLACED";
}

function found({ order }: State, { orderId }: { readonly orderId: string }): Order {
  if (order === undefined) throw new Refused("not_found", "ORDER_NOT_FOUND", `there is no order ${orderId}`);
  return order;
}

function awaiting(state: State, request: { readonly orderId: string }): Order {
  const order = found(state, request);
  if (order.status === "AWAITING_APPROVAL") return order;
  throw new Refused("not_now", "ORDER_NOT_AWAITING_APPROVAL", `order ${order.orderId} is ${order.status}`);
}
