// The decisions of shipping: prepare or reject, cancel, make ready, dispatch, deliver. Pure.

import type { Facts } from "@pavane/contracts";
import { type Address, ItemKind, type Purchase } from "@pavane/contracts/purchase";
import type { ConfirmDeliveryRequest, DispatchShipmentRequest } from "@pavane/contracts/shipping";
import { type Announcement, concerning, type Context, type Decision, nothing, Refused } from "@pavane/kernel";

/** READY: the order completed, it may be dispatched. CANCELLED and REJECTED never ship. */
export type State = "PREPARED" | "READY" | "DISPATCHED" | "DELIVERED" | "CANCELLED" | "REJECTED";

/** The shipment of one order. It is never deleted: a CANCELLED one is also the tombstone of an order never prepared. */
export interface Shipment {
  readonly orderId: string;
  readonly userId: string;
  readonly state: State;
  readonly purchase: Purchase;
  readonly carrier: string;
  readonly trackingNumber: string;
  readonly code: string;
  readonly reason: string;
  readonly createTime: Date;
  readonly dispatchTime: Date | undefined;
  readonly deliverTime: Date | undefined;
}

/** What the operator of the service decides. */
export interface Policy {
  /** Where we deliver to: ISO 3166-1 alpha-2 codes. */
  readonly countries: readonly string[];
}

/** The policy of a service that was told nothing else. */
export const defaults: Policy = { countries: ["US", "DE", "FR", "GB", "KR"] };

interface Rows {
  readonly shipment: Shipment | undefined;
}
interface Heard {
  readonly purchase: Purchase;
}
type Name =
  | "shipment.prepared"
  | "shipment.rejected"
  | "shipment.cancelled"
  | "shipment.dispatched"
  | "shipment.delivered";
type EventOf<N extends Name> = { readonly [K in N]: Announcement<K, Facts[K]> }[N];
type Decides<N extends Name> = Decision<{ readonly shipment: Shipment }, EventOf<N>>;

/** On stock.reserved, where something ships: sets the shipment up, or rejects an address we do not deliver to. */
export function prepare({ countries }: Policy) {
  const decide = (
    { shipment }: Rows,
    { purchase }: Heard,
    { now }: Context,
  ): Decides<"shipment.prepared" | "shipment.rejected"> => {
    if (shipment !== undefined) return nothing;
    const reason = undeliverable(purchase.shippingAddress, countries);
    if (reason === undefined) {
      const prepared = opened(purchase, "PREPARED", now);
      return { next: { shipment: prepared }, events: [{ type: "shipment.prepared", data: { purchase } }] };
    }
    const rejection = { code: "ADDRESS_UNDELIVERABLE", reason };
    return {
      next: { shipment: { ...opened(purchase, "REJECTED", now), ...rejection } },
      events: [{ type: "shipment.rejected", data: { purchase, ...rejection } }],
    };
  };
  return concerning(ships, decide);
}

/** On order.cancelling: what has not left stays; every order is answered, once, also one of which nothing ships. */
export function cancel({ shipment }: Rows, { purchase }: Heard, { now }: Context): Decides<"shipment.cancelled"> {
  const before = shipment ?? opened(purchase, "CANCELLED", now);
  // READY and what follows it cannot be: the order decided for completed, and decides once.
  if (shipment !== undefined && shipment.state !== "PREPARED" && shipment.state !== "REJECTED") return nothing;
  return {
    next: { shipment: { ...before, state: "CANCELLED" } },
    events: [{ type: "shipment.cancelled", data: { purchase } }],
  };
}

/** On order.completed, where something ships: the goods may leave. It needs no shipment prepared before it. */
export const makeReady = concerning(
  ships,
  ({ shipment }: Rows, { purchase }: Heard, { now }: Context): Decides<never> => {
    if (shipment === undefined) return { next: { shipment: opened(purchase, "READY", now) } };
    return shipment.state === "PREPARED" ? { next: { shipment: { ...shipment, state: "READY" } } } : nothing;
  },
);

/** DispatchShipment: the goods left. Refused: SHIPMENT_NOT_FOUND, SHIPMENT_NOT_READY, SHIPMENT_ALREADY_DISPATCHED. */
export function dispatch(
  { shipment }: Rows,
  request: DispatchShipmentRequest,
  { now, id }: Context,
): Decides<"shipment.dispatched"> {
  if (shipment === undefined) throw unknownShipment(request.orderId);
  if (shipment.state === "DISPATCHED" || shipment.state === "DELIVERED") return sameAs(shipment, request);
  if (shipment.state !== "READY") {
    const text = `the shipment of order ${request.orderId} is ${shipment.state}: only a READY one can leave`;
    throw new Refused("not_now", "SHIPMENT_NOT_READY", text, { state: shipment.state });
  }
  const { purchase } = shipment;
  const carrier = request.carrier || ownCarrier;
  const trackingNumber = request.trackingNumber || `PV${id.replaceAll("-", "").toUpperCase()}`;
  return {
    next: { shipment: { ...shipment, state: "DISPATCHED", carrier, trackingNumber, dispatchTime: now } },
    events: [{ type: "shipment.dispatched", data: { purchase, carrier, trackingNumber } }],
  };
}

/** ConfirmDelivery: the goods arrived. Refused: SHIPMENT_NOT_FOUND, SHIPMENT_NOT_DISPATCHED. */
export function deliver(
  { shipment }: Rows,
  { orderId }: ConfirmDeliveryRequest,
  { now }: Context,
): Decides<"shipment.delivered"> {
  if (shipment === undefined) throw unknownShipment(orderId);
  if (shipment.state === "DELIVERED") return nothing;
  if (shipment.state !== "DISPATCHED") {
    const text = `the shipment of order ${orderId} is ${shipment.state}: only a DISPATCHED one can arrive`;
    throw new Refused("not_now", "SHIPMENT_NOT_DISPATCHED", text, { state: shipment.state });
  }
  const { purchase, carrier, trackingNumber } = shipment;
  return {
    next: { shipment: { ...shipment, state: "DELIVERED", deliverTime: now } },
    events: [{ type: "shipment.delivered", data: { purchase, carrier, trackingNumber } }],
  };
}

/** The refusal of an order without a shipment. */
export function unknownShipment(orderId: string): Refused {
  return new Refused("not_found", "SHIPMENT_NOT_FOUND", `order ${orderId} has no shipment`);
}

const ownCarrier = "Pavane";

function sameAs({ orderId, carrier, trackingNumber }: Shipment, request: DispatchShipmentRequest): typeof nothing {
  const same =
    (request.carrier === "" || request.carrier === carrier) &&
    (request.trackingNumber === "" || request.trackingNumber === trackingNumber);
  if (same) return nothing;
  const text = `the shipment of order ${orderId} left with ${carrier} as ${trackingNumber}`;
  throw new Refused("already_exists", "SHIPMENT_ALREADY_DISPATCHED", text, { carrier, trackingNumber });
}

function opened(purchase: Purchase, state: State, now: Date): Shipment {
  return {
    orderId: purchase.orderId,
    userId: purchase.userId,
    state,
    purchase,
    carrier: "",
    trackingNumber: "",
    code: "",
    reason: "",
    createTime: now,
    dispatchTime: undefined,
    deliverTime: undefined,
  };
}

function undeliverable(address: Address | undefined, countries: readonly string[]): string | undefined {
  if (address === undefined) return "there is no address to deliver to";
  return countries.includes(address.country)
    ? undefined
    : `we do not deliver to ${address.country}, only to ${countries.join(", ")}`.slice(0, 500);
}

function ships({ purchase: { lines } }: Heard): boolean {
  return lines.some(({ kind }) => kind === ItemKind.PHYSICAL);
}
