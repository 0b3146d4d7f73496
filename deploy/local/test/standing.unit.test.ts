// Where an order stands for the audit, and what contradicts its end.
import { goods, line, purchase } from "@pavane/testkit";
import { PurchaseMode } from "@pavane/contracts/purchase";
import { expect } from "chai";
import type { Account, Payment } from "../src/audit/account.js";
import { contradictions, standingOf, unheard } from "../src/audit/standing.js";

const participants = ["user", "inventory", "item", "shipping", "payment"];
const payment = (state: string, more: Partial<Payment> = {}): Payment => {
  return { state, refundRefused: false, settled: false, chargeReference: "", refundReference: "", ...more };
};

/** An order whose participants all have these states. */
const order = (status: string, states: Partial<Record<string, string>>, more: Partial<Account> = {}): Account => ({
  orderId: "order-1",
  status,
  deadline: new Date(0),
  completed: undefined,
  answered: [],
  participants,
  purchase: purchase({ lines: [line(), goods()] }),
  funds: states.user === undefined ? undefined : { state: states.user, amount: 0n },
  slots: states.inventory === undefined ? undefined : { state: states.inventory, amount: 0n },
  stock: states.item === undefined ? undefined : { state: states.item, lines: [] },
  shipment: states.shipping === undefined ? undefined : { state: states.shipping },
  payment: states.payment === undefined ? undefined : payment(states.payment),
  saga: states.saga === undefined ? undefined : { state: states.saga },
  charges: [],
  refunds: [],
  ...more,
});

const confirmed = {
  user: "CONFIRMED",
  inventory: "CONFIRMED",
  item: "ALLOCATED",
  shipping: "READY",
  payment: "CAPTURED",
};
const released = {
  user: "RELEASED",
  inventory: "RELEASED",
  item: "RELEASED",
  shipping: "CANCELLED",
  payment: "VOIDED",
};

describe("the standing of an order", () => {
  const cases: readonly (readonly [string, Account, string])[] = [
    ["completed, and all have heard", order("COMPLETED", confirmed), "settled"],
    ["delivered, and all have heard", order("DELIVERED", { ...confirmed, item: "CONFIRMED" }), "settled"],
    ["completed, and one has not heard", order("COMPLETED", { ...confirmed, user: "RESERVED" }), "running"],
    ["cancelled", order("CANCELLED", released), "settled"],
    ["placed", order("PLACED", {}), "running"],
    ["waiting for a review", order("AWAITING_APPROVAL", {}), "review"],
    ["placed, the provider being asked", order("PLACED", { payment: "PENDING" }), "provider"],
    [
      "cancelling, with only the refund missing",
      order("CANCELLING", { payment: "REFUNDING" }, { answered: participants.slice(0, 4) }),
      "provider",
    ],
    [
      "cancelling, with another missing too",
      order("CANCELLING", { payment: "REFUNDING" }, { answered: participants.slice(0, 3) }),
      "running",
    ],
    [
      "cancelling, the refund refused for good",
      order("CANCELLING", {}, { payment: payment("REFUNDING", { refundRefused: true }) }),
      "settlement",
    ],
  ];
  for (const [what, account, standing] of cases) {
    it(`${what}: ${standing}`, () => expect(standingOf(account)).to.equal(standing));
  }

  it("names who has not heard of the completion", () => {
    expect(unheard(order("COMPLETED", { ...confirmed, item: "RESERVED", shipping: "PREPARED" }))).to.deep.equal([
      "item",
      "shipping",
    ]);
  });
});

describe("contradictions", () => {
  it("are none while all agree, and none are looked for while the order runs", () => {
    expect(contradictions(order("COMPLETED", confirmed))).to.deep.equal([]);
    expect(contradictions(order("CANCELLED", released))).to.deep.equal([]);
    expect(contradictions(order("CANCELLING", confirmed))).to.deep.equal([]);
  });

  it("ask nothing of shipping when nothing ships", () => {
    const digital = { purchase: purchase(), shipment: undefined };
    expect(contradictions(order("COMPLETED", { ...confirmed, item: "CONFIRMED" }, digital))).to.deep.equal([]);
  });

  const conducted = { purchase: purchase({ lines: [line(), goods()], mode: PurchaseMode.ORCHESTRATED }) };
  const ended = (status: string, saga?: string): number => {
    const states = { ...(status === "CANCELLED" ? released : confirmed), ...(saga === undefined ? {} : { saga }) };
    return contradictions(order(status, states, conducted)).length;
  };

  it("see a saga that ended otherwise than its order, or is not there", () => {
    for (const saga of ["EXECUTING", "COMPLETED"]) expect(ended("DELIVERED", saga)).to.equal(0);
    for (const saga of ["COMPENSATING", "COMPENSATED", "FAILED"]) expect(ended("CANCELLED", saga)).to.equal(0);
    expect([ended("COMPLETED"), ended("COMPLETED", "FAILED"), ended("CANCELLED", "COMPLETED")]).to.deep.equal([
      1, 1, 1,
    ]);
  });

  it("see a saga that conducts a choreographed order", () => {
    expect(contradictions(order("COMPLETED", { ...confirmed, saga: "COMPLETED" }))).to.deep.equal([
      "choreographed, but a saga conducts it",
    ]);
  });

  for (const [who, state] of Object.entries(released)) {
    it(`see a completed order that ${who} has ${state}`, () => {
      expect(contradictions(order("COMPLETED", { ...confirmed, [who]: state }))).to.have.length(1);
    });
  }
  for (const [who, state] of Object.entries(confirmed)) {
    it(`see a cancelled order that ${who} has ${state}`, () => {
      expect(contradictions(order("CANCELLED", { ...released, [who]: state }))).to.have.length(1);
      expect(contradictions(order("CANCELLED", { ...released, [who]: undefined }))[0]).to.match(/unknown$/);
    });
  }
});
