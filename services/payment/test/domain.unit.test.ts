// Payment's decisions as given-when-then: every state against every input, and who is refused.

import { goods, line, purchase } from "@pavane/testkit";
import { PaymentMethod } from "@pavane/contracts/purchase";
import { type Context, money, Refused } from "@pavane/kernel";
import { expect } from "chai";
import {
  charge,
  chargeUnlessShipped,
  type Payment,
  settleByHand,
  settleCharge,
  settleRefund,
  undo,
} from "../src/domain.js";

const now = new Date("2026-11-21T10:00:00.123Z");
const context: Context = { now, id: "01936a00-0000-7000-8000-000000000000", version: 1n };

const byCard = purchase({ paymentMethod: PaymentMethod.CARD, cardToken: "tok_approved" });
const byWallet = purchase();
const free = purchase({ ...byCard, lines: [line({ unitPrice: money("USD", 0n) })], total: money("USD", 0n) });
const shipped = purchase({ ...byCard, lines: [line(), goods()], total: money("USD", 2000n) });
const amount = { currencyCode: "USD", minorUnits: "1000" };

const approved = { result: { status: "APPROVED", reference: "ch_1" } } as const;
const declined = { result: { status: "DECLINED", reason: "no funds" } } as const;
const refundDone = { result: { status: "REFUNDED", reference: "re_1" } } as const;
const refundRefused = { result: { status: "REFUSED", reason: "account closed" } } as const;

function given(changes: Partial<Payment> = {}): { payment: Payment } {
  const payment = charge({ payment: undefined }, { purchase: byCard }, context).next?.payment;
  if (payment === undefined) throw new Error("a card is not PENDING");
  return { payment: { ...payment, ...changes } };
}
const nobody = { payment: undefined };
const captured = given({ state: "CAPTURED", chargeReference: "ch_1", captureTime: now });
const cancelling = given({ cancelling: true });
const refunding = given({ state: "REFUNDING", cancelling: true, chargeReference: "ch_1", captureTime: now });
const refusedRefund = given({ ...refunding.payment, refundRefused: true, code: "REFUND_REFUSED" });
const settled = given({ ...refunding.payment, state: "REFUNDED", settled: true, refundReference: "transfer-7" });

function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof Refused) return `${error.reason} ${error.code}`;
    throw error;
  }
  return "accepted";
}

describe("a payment by card", () => {
  it("waits for the provider, asked under a key of the order's", () => {
    const decision = charge(nobody, { purchase: byCard }, context);
    expect(decision.next?.payment).to.include({ state: "PENDING", orderId: "order-1", cancelling: false });
    expect(decision.events).to.equal(undefined);
    expect(decision.effects).to.deep.equal([
      { kind: "charge", key: "charge/order-1", input: { orderId: "order-1", amount, cardToken: "tok_approved" } },
    ]);
  });

  it("is captured when the provider approves", () => {
    const { next, events } = settleCharge(given(), approved, context);
    expect(next?.payment).to.include({ state: "CAPTURED", chargeReference: "ch_1", captureTime: now });
    expect(events).to.deep.equal([
      { type: "payment.captured", data: { purchase: byCard, amount: byCard.total, reference: "ch_1" } },
    ]);
  });

  it("fails with PAYMENT_DECLINED when the provider declines", () => {
    const { next, events } = settleCharge(given(), declined, context);
    expect(next?.payment).to.include({ state: "FAILED", code: "PAYMENT_DECLINED", reason: "no funds" });
    expect(events).to.deep.equal([
      { type: "payment.failed", data: { purchase: byCard, code: "PAYMENT_DECLINED", reason: "no funds" } },
    ]);
  });

  it("says no more in a fact than a fact may carry, and keeps the provider's reference whole", () => {
    const long = settleCharge(given(), { result: { status: "DECLINED", reason: "x".repeat(9_000) } }, context);
    expect(long.events?.[0]?.data).to.have.property("reason").with.lengthOf(500);
    const reference = "r".repeat(300);
    const taken = settleCharge(given(), { result: { status: "APPROVED", reference } }, context);
    expect(taken.events?.[0]?.data).to.have.property("reference").with.lengthOf(200);
    expect(taken.next?.payment.chargeReference).to.equal(reference);
  });
});

describe("a payment that needs no provider", () => {
  for (const [what, bought] of Object.entries({ "by wallet": byWallet, "of nothing": free })) {
    it(`${what} is captured at once`, () => {
      const { next, events, effects } = charge(nobody, { purchase: bought }, context);
      expect(next?.payment).to.include({ state: "CAPTURED", captureTime: now, chargeReference: "" });
      expect(events).to.deep.equal([
        { type: "payment.captured", data: { purchase: bought, amount: bought.total, reference: "" } },
      ]);
      expect(effects).to.equal(undefined);
    });

    it(`${what} is refunded at once`, () => {
      const { next } = charge(nobody, { purchase: bought }, context);
      const decision = undo({ payment: next?.payment }, { purchase: bought }, context);
      expect(decision.next?.payment).to.include({ state: "REFUNDED", refundTime: now });
      expect(decision.events).to.deep.equal([
        { type: "payment.refunded", data: { purchase: bought, amount: bought.total, reference: "", settled: false } },
      ]);
      expect(decision.effects).to.equal(undefined);
    });
  }
});

describe("on stock.reserved", () => {
  it("what has to be shipped is not charged yet", () => {
    expect(chargeUnlessShipped(nobody, { purchase: shipped }, context)).to.deep.equal({});
  });

  it("what does not ship is charged", () => {
    const decision = chargeUnlessShipped(nobody, { purchase: byCard }, context);
    expect(decision.effects?.[0]?.key).to.equal("charge/order-1");
  });
});

describe("on order.cancelling", () => {
  it("an order never heard of is voided by a tombstone, and is then never charged", () => {
    const { next, events } = undo(nobody, { purchase: byCard }, context);
    expect(next?.payment).to.include({ state: "VOIDED", orderId: "order-1" });
    expect(events).to.deep.equal([{ type: "payment.voided", data: { purchase: byCard } }]);
    expect(charge({ payment: next?.payment }, { purchase: byCard }, context)).to.deep.equal({});
  });

  it("a failed payment is voided", () => {
    const { next, events } = undo(given({ state: "FAILED", code: "PAYMENT_DECLINED" }), { purchase: byCard }, context);
    expect(next?.payment).to.include({ state: "VOIDED", code: "PAYMENT_DECLINED" });
    expect(events).to.deep.equal([{ type: "payment.voided", data: { purchase: byCard } }]);
  });

  it("a charge under way is marked, and nothing is answered", () => {
    expect(undo(given(), { purchase: byCard }, context)).to.deep.equal({ next: cancelling });
  });

  it("a captured one is refunded by the provider, under a key of the order's", () => {
    const { next, events, effects } = undo(captured, { purchase: byCard }, context);
    expect(next?.payment.state).to.equal("REFUNDING");
    expect(events).to.equal(undefined);
    expect(effects).to.deep.equal([
      { kind: "refund", key: "refund/order-1", input: { orderId: "order-1", amount, reference: "ch_1" } },
    ]);
  });

  for (const [what, before] of Object.entries({
    "marked already": cancelling,
    "being refunded": refunding,
    "refused its refund": refusedRefund,
    refunded: settled,
    voided: given({ state: "VOIDED" }),
  })) {
    it(`one that is ${what} stays as it is`, () => {
      expect(undo(before, { purchase: byCard }, context)).to.deep.equal({});
    });
  }
});

describe("a charge whose order cancelled meanwhile", () => {
  it("is refunded first when it was approved, and never announced as captured", () => {
    const { next, events, effects } = settleCharge(cancelling, approved, context);
    expect(next?.payment).to.include({ state: "REFUNDING", chargeReference: "ch_1", captureTime: now });
    expect(events).to.equal(undefined);
    expect(effects?.map(({ key }) => key)).to.deep.equal(["refund/order-1"]);
  });

  it("is voided when it was declined", () => {
    const { next, events } = settleCharge(cancelling, declined, context);
    expect(next?.payment.state).to.equal("VOIDED");
    expect(events?.map(({ type }) => type)).to.deep.equal(["payment.voided"]);
  });
});

describe("a refund", () => {
  it("is announced when the provider has made it", () => {
    const { next, events } = settleRefund(refunding, refundDone, context);
    expect(next?.payment).to.include({ state: "REFUNDED", refundReference: "re_1", refundTime: now, settled: false });
    expect(events).to.deep.equal([
      { type: "payment.refunded", data: { purchase: byCard, amount: byCard.total, reference: "re_1", settled: false } },
    ]);
  });

  it("refused for good waits for an operator and answers nothing", () => {
    const { next, events } = settleRefund(refunding, refundRefused, context);
    expect(next?.payment).to.include({ state: "REFUNDING", refundRefused: true, reason: "account closed" });
    expect(events).to.equal(undefined);
  });

  it("refused for good is settled by an operator", () => {
    const request = { orderId: "order-1", reference: "transfer-7", reason: "paid by bank" };
    const { next, events } = settleByHand(refusedRefund, request, context);
    expect(next?.payment).to.include({ state: "REFUNDED", refundReference: "transfer-7", reason: "paid by bank" });
    expect(next?.payment).to.include({ settled: true, refundRefused: false });
    const data = { purchase: byCard, amount: byCard.total, reference: "transfer-7", settled: true };
    expect(events).to.deep.equal([{ type: "payment.refunded", data }]);
  });

  it("settled again by the same reference changes nothing", () => {
    const request = { orderId: "order-1", reference: "transfer-7", reason: "again" };
    expect(settleByHand(settled, request, context)).to.deep.equal({});
  });

  for (const [what, before, code] of [
    ["of an order without a payment", nobody, "not_found PAYMENT_NOT_FOUND"],
    ["settled by another reference", settled, "not_now REFUND_NOT_REFUSED"],
    ["that the provider is still asked for", refunding, "not_now REFUND_NOT_REFUSED"],
    ["that was never asked for", captured, "not_now REFUND_NOT_REFUSED"],
    ["made by the provider", given({ state: "REFUNDED", refundReference: "re_1" }), "not_now REFUND_NOT_REFUSED"],
  ] as const) {
    it(`${what} is not settled: ${code}`, () => {
      const request = { orderId: "order-1", reference: "transfer-8", reason: "paid" };
      expect(refusal(() => settleByHand(before, request, context))).to.equal(code);
    });
  }
});
