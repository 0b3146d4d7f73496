// The decisions of payment: capture or charge, void or refund, and what follows once the provider has answered. Pure.

import type { Facts } from "@pavane/contracts";
import type { SettleRefundRequest } from "@pavane/contracts/payment";
import { ItemKind, PaymentMethod, type Purchase } from "@pavane/contracts/purchase";
import {
  type Announcement,
  concerning,
  type Context,
  type Decision,
  type EffectRequest,
  nothing,
  Refused,
} from "@pavane/kernel";

/** FAILED, VOIDED and REFUNDED hold no money; PENDING and REFUNDING wait for the provider. */
export type State = "PENDING" | "CAPTURED" | "FAILED" | "VOIDED" | "REFUNDING" | "REFUNDED";

/** The payment of one order. It is never deleted: a VOIDED one is also the tombstone of an order never charged. */
export interface Payment {
  readonly orderId: string;
  readonly userId: string;
  readonly state: State;
  readonly purchase: Purchase;
  /** The order cancels: what the provider is still being asked for is undone as soon as its outcome is known. */
  readonly cancelling: boolean;
  /** The provider refused the refund for good: the payment waits for an operator. */
  readonly refundRefused: boolean;
  /** An operator settled the refund. */
  readonly settled: boolean;
  readonly chargeReference: string;
  readonly refundReference: string;
  readonly code: string;
  readonly reason: string;
  readonly createTime: Date;
  readonly captureTime: Date | undefined;
  readonly refundTime: Date | undefined;
}

/** An amount as JSON has it: minor units in digits. */
export interface Amount {
  readonly currencyCode: string;
  readonly minorUnits: string;
}

/** What the provider is asked to charge. */
export interface Charge {
  readonly orderId: string;
  readonly amount: Amount;
  readonly cardToken: string;
}

/** The final outcome of a charge. */
export type ChargeOutcome =
  | { readonly status: "APPROVED"; readonly reference: string }
  | { readonly status: "DECLINED"; readonly reason: string };

/** What the provider is asked to give back, of the charge it named by `reference`. */
export interface Refund {
  readonly orderId: string;
  readonly amount: Amount;
  readonly reference: string;
}

/** The final outcome of a refund. */
export type RefundOutcome =
  | { readonly status: "REFUNDED"; readonly reference: string }
  | { readonly status: "REFUSED"; readonly reason: string };

interface Rows {
  readonly payment: Payment | undefined;
}
interface Heard {
  readonly purchase: Purchase;
}
type Name = "payment.captured" | "payment.failed" | "payment.voided" | "payment.refunded";
type EventOf<N extends Name> = { readonly [K in N]: Announcement<K, Facts[K]> }[N];
type Asked = EffectRequest<"charge", Charge> | EffectRequest<"refund", Refund>;
type Decides<N extends Name> = Decision<{ readonly payment: Payment }, EventOf<N>, Asked>;

/** On stock.reserved: charges when nothing has to be shipped first. */
export const chargeUnlessShipped = concerning(
  ({ purchase }: Heard) => purchase.lines.every(({ kind }) => kind !== ItemKind.PHYSICAL),
  charge,
);

/** On shipment.prepared: asks the provider; what no provider is needed for is captured at once. */
export function charge({ payment }: Rows, { purchase }: Heard, { now }: Context): Decides<"payment.captured"> {
  if (payment !== undefined) return nothing;
  const pending = opened(purchase, "PENDING", now);
  if (!needsProvider(purchase)) return captured(pending, "", now);
  const input = { orderId: purchase.orderId, amount: amountOf(purchase), cardToken: purchase.cardToken };
  return { next: { payment: pending }, effects: [{ kind: "charge", key: `charge/${purchase.orderId}`, input }] };
}

/** On order.cancelling: gives back what was taken, once; an answer waits until the provider's outcome is known. */
export function undo(
  { payment }: Rows,
  { purchase }: Heard,
  { now }: Context,
): Decides<"payment.voided" | "payment.refunded"> {
  switch (payment?.state) {
    case undefined:
      return voided(opened(purchase, "VOIDED", now));
    case "FAILED":
      return voided(payment);
    case "PENDING":
      return payment.cancelling ? nothing : { next: { payment: { ...payment, cancelling: true } } };
    case "CAPTURED":
      return needsProvider(payment.purchase) ? refund(payment) : refunded(payment, "", now);
    default:
      return nothing;
  }
}

/** On the outcome of the charge. An order that cancels meanwhile never hears that it was captured. */
export function settleCharge(
  { payment }: Rows,
  { result }: { readonly result: ChargeOutcome },
  { now }: Context,
): Decides<"payment.captured" | "payment.failed" | "payment.voided"> {
  if (payment?.state !== "PENDING") return nothing;
  if (result.status === "APPROVED") {
    return payment.cancelling
      ? refund({ ...payment, chargeReference: result.reference, captureTime: now })
      : captured(payment, result.reference, now);
  }
  const failed: Payment = {
    ...payment,
    state: "FAILED",
    code: "PAYMENT_DECLINED",
    reason: clipped(result.reason, 500),
  };
  if (payment.cancelling) return voided(failed);
  const { purchase, code, reason } = failed;
  return { next: { payment: failed }, events: [{ type: "payment.failed", data: { purchase, code, reason } }] };
}

/** On the outcome of the refund. One refused for good waits for SettleRefund. */
export function settleRefund(
  { payment }: Rows,
  { result }: { readonly result: RefundOutcome },
  { now }: Context,
): Decides<"payment.refunded"> {
  if (payment?.state !== "REFUNDING") return nothing;
  if (result.status === "REFUNDED") return refunded(payment, result.reference, now);
  const reason = clipped(result.reason, 500);
  return { next: { payment: { ...payment, refundRefused: true, code: "REFUND_REFUSED", reason } } };
}

/** SettleRefund: an operator gave the money back where the provider would not. Refused: REFUND_NOT_REFUSED. */
export function settleByHand(
  { payment }: Rows,
  { orderId, reference, reason }: SettleRefundRequest,
  { now }: Context,
): Decides<"payment.refunded"> {
  if (payment === undefined) throw unknownPayment(orderId);
  if (payment.settled && payment.refundReference === reference) return nothing;
  if (payment.state !== "REFUNDING" || !payment.refundRefused) {
    const where = payment.settled ? `settled by ${payment.refundReference}` : payment.state;
    throw new Refused("not_now", "REFUND_NOT_REFUSED", `the payment of order ${orderId} is ${where}: no refund waits`);
  }
  return refunded({ ...payment, settled: true, refundRefused: false, reason }, reference, now);
}

/** The refusal of an order without a payment. */
export function unknownPayment(orderId: string): Refused {
  return new Refused("not_found", "PAYMENT_NOT_FOUND", `order ${orderId} has no payment`);
}

function opened(purchase: Purchase, state: State, now: Date): Payment {
  return {
    orderId: purchase.orderId,
    userId: purchase.userId,
    state,
    purchase,
    cancelling: false,
    refundRefused: false,
    settled: false,
    chargeReference: "",
    refundReference: "",
    code: "",
    reason: "",
    createTime: now,
    captureTime: undefined,
    refundTime: undefined,
  };
}

function captured(payment: Payment, reference: string, now: Date): Decides<"payment.captured"> {
  const { purchase } = payment;
  const data = { purchase, amount: purchase.total, reference: clipped(reference, 200) };
  return {
    next: { payment: { ...payment, state: "CAPTURED", chargeReference: reference, captureTime: now } },
    events: [{ type: "payment.captured", data }],
  };
}

function voided(payment: Payment): Decides<"payment.voided"> {
  return {
    next: { payment: { ...payment, state: "VOIDED" } },
    events: [{ type: "payment.voided", data: { purchase: payment.purchase } }],
  };
}

function refund(payment: Payment): Decides<never> {
  const { orderId, purchase, chargeReference } = payment;
  const input = { orderId, amount: amountOf(purchase), reference: chargeReference };
  return {
    next: { payment: { ...payment, state: "REFUNDING" } },
    effects: [{ kind: "refund", key: `refund/${orderId}`, input }],
  };
}

function refunded(payment: Payment, reference: string, now: Date): Decides<"payment.refunded"> {
  const { purchase, settled } = payment;
  const data = { purchase, amount: purchase.total, reference: clipped(reference, 200), settled };
  return {
    next: { payment: { ...payment, state: "REFUNDED", refundReference: reference, refundTime: now } },
    events: [{ type: "payment.refunded", data }],
  };
}

function needsProvider({ paymentMethod, total }: Purchase): boolean {
  return paymentMethod === PaymentMethod.CARD && total.minorUnits > 0n;
}

function amountOf({ total }: Purchase): Amount {
  return { currencyCode: total.currencyCode, minorUnits: total.minorUnits.toString() };
}

// A fact that breaks its field rules would be read by nobody: what the provider says is cut to what a fact may carry.
function clipped(text: string, length: number): string {
  return text.slice(0, length);
}
