// What payment reacts to: facts heard, and the provider's outcomes.

import { effect, one, vocabulary } from "@pavane/choreography";
import { catalogue, choreographed, orchestrated } from "@pavane/contracts";
import {
  type Charge,
  type ChargeOutcome,
  charge,
  chargeUnlessShipped,
  type Refund,
  type RefundOutcome,
  settleCharge,
  settleRefund,
  undo,
} from "./domain.js";
import { payments } from "./payment.js";

const { commutes, outcome } = vocabulary(catalogue);

const ofOrder = { payment: one(payments, ({ purchase }: { purchase: { orderId: string } }) => purchase.orderId) };
const ofEffect = { payment: one(payments, ({ input }: { input: { orderId: string } }) => input.orderId) };

export const reactions = [
  commutes("stock.reserved", ["payment.captured"], ofOrder, choreographed(chargeUnlessShipped)),
  commutes("shipment.prepared", ["payment.captured"], ofOrder, choreographed(charge)),
  commutes("order.cancelling", ["payment.voided", "payment.refunded"], ofOrder, choreographed(undo)),

  commutes("payment.charge", ["payment.captured"], ofOrder, orchestrated(charge)),
  commutes("payment.refund", ["payment.voided", "payment.refunded"], ofOrder, orchestrated(undo)),
];

/** The calls to the provider. */
const charging = effect<Charge, ChargeOutcome>()("charge");
const refunding = effect<Refund, RefundOutcome>()("refund");

export const outcomes = [
  outcome(charging, ["payment.captured", "payment.failed", "payment.voided"], ofEffect, settleCharge),
  outcome(refunding, ["payment.refunded"], ofEffect, settleRefund),
];
