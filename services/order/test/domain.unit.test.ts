import { PurchaseMode } from "@pavane/contracts/purchase";
import { nothing } from "@pavane/kernel";
import { purchase } from "@pavane/testkit";
import { expect } from "chai";
import {
  answer,
  approveOrder,
  cancel,
  cancelOrder,
  complete,
  defaults,
  deliver,
  expire,
  type Order,
  placeOrder,
  rejectOrder,
  ship,
  type Status,
} from "../src/domain.js";
import { approved, at, expectRefused, items, noon, placed, request, submitted } from "./given.js";

const id = { orderId: "order-1", reason: "" };
const rejection = { code: "OUT_OF_STOCK", reason: "2 of sword are left" };
const dispatched = { purchase: purchase(), carrier: "DHL", trackingNumber: "T1" };
const later = (seconds: number): Date => new Date(noon.getTime() + seconds * 1000);
const types = (decision: { events?: readonly { type: string }[] }): string[] =>
  (decision.events ?? []).map((e) => e.type);

describe("placing an order", () => {
  const place = (changes = {}, order?: Order) => placeOrder(defaults)({ order, items }, request(changes), at(0));

  it("begins at once, due in 120 seconds, waiting for the five", () => {
    const { next, events } = place();
    expect(next?.order).to.include({ status: "PLACED", orderId: "order-1", userId: "user-1" });
    expect(next?.order).to.deep.include({ dueTime: later(120), deadlineTime: later(120), placeTime: noon });
    expect(next?.order.participants).to.deep.equal(["user", "inventory", "item", "shipping", "payment"]);
    expect(events).to.deep.equal([{ type: "order.placed", data: { purchase: next?.order.purchase } }]);
  });

  it("waits 24 hours for a review above 10,000.00, not at it", () => {
    expect(place({ lines: [{ itemId: "sword", quantity: 100 }] }).next?.order.status).to.equal("PLACED");
    const { next, events } = place({ lines: [{ itemId: "sword", quantity: 101 }] });
    expect(next?.order).to.deep.include({ status: "AWAITING_APPROVAL", dueTime: later(86_400), placeTime: undefined });
    expect(events).to.deep.equal([{ type: "order.submitted", data: { purchase: next?.order.purchase } }]);
  });

  it("obeys the policy", () => {
    const policy = { deadlineSeconds: 15, reviewAboveMinorUnits: 0n, reviewHours: 1, participants: ["item"] };
    const order = placeOrder(policy)({ order: undefined, items }, request(), at(0)).next?.order;
    expect(order).to.deep.include({ status: "AWAITING_APPROVAL", dueTime: later(3600), participants: ["item"] });
  });

  it("answers the same order to the same request, whatever became of it", () => {
    const order = place().next?.order;
    expect(place({}, order)).to.equal(nothing);
    expect(place({}, order && { ...order, status: "CANCELLED" })).to.equal(nothing);
  });

  it("refuses the same id with another request", () => {
    const order = place().next?.order;
    const another = { lines: [{ itemId: "sword", quantity: 2 }] };
    expectRefused(() => place(another, order), "already_exists", "ORDER_ALREADY_EXISTS");
  });

  it("is the same in both modes, and says which to everybody who hears of it", () => {
    const { next, events } = place({ mode: PurchaseMode.ORCHESTRATED });
    expect(next?.order).to.include({ status: "PLACED" });
    expect(events?.map(({ data }) => data.purchase.mode)).to.deep.equal([PurchaseMode.ORCHESTRATED]);
    expect(place().next?.order.purchase.mode).to.equal(PurchaseMode.CHOREOGRAPHED);
  });
});

describe("reviewing an order", () => {
  it("approved, begins with a fresh deadline", () => {
    const decision = approveOrder(defaults)({ order: submitted() }, id, at(600));
    expect(decision.next?.order).to.deep.include({ status: "PLACED", approveTime: later(600), dueTime: later(720) });
    expect(types(decision)).to.deep.equal(["order.approved", "order.placed"]);
  });

  it("rejected, is cancelled", () => {
    const decision = rejectOrder({ order: submitted() }, { ...id, reason: "too dear" }, at(600));
    expect(decision.next?.order).to.include({ status: "CANCELLING", code: "REJECTED_BY_REVIEW", reason: "too dear" });
    expect(types(decision)).to.deep.equal(["order.cancelling"]);
  });

  it("is refused when the order does not wait for it, or is not there", () => {
    for (const order of [placed(), approved(), placed({ status: "CANCELLED" })]) {
      expectRefused(() => approveOrder(defaults)({ order }, id, at(0)), "not_now", "ORDER_NOT_AWAITING_APPROVAL");
      expectRefused(() => rejectOrder({ order }, id, at(0)), "not_now", "ORDER_NOT_AWAITING_APPROVAL");
    }
    const order = undefined;
    expectRefused(() => approveOrder(defaults)({ order }, id, at(0)), "not_found", "ORDER_NOT_FOUND");
    expectRefused(() => rejectOrder({ order }, id, at(0)), "not_found", "ORDER_NOT_FOUND");
  });
});

describe("cancelling an order", () => {
  it("ends one that is not decided", () => {
    for (const order of [placed(), submitted(), approved()]) {
      const { next, events } = cancelOrder({ order }, { ...id, reason: "changed my mind" }, at(5));
      expect(next?.order).to.include({ status: "CANCELLING", code: "CANCELLED_BY_USER", dueTime: undefined });
      const data = { purchase: order.purchase, code: "CANCELLED_BY_USER", reason: "changed my mind" };
      expect(events).to.deep.equal([{ type: "order.cancelling", data }]);
    }
  });

  it("leaves one that is ending or has ended as it is", () => {
    for (const status of ["CANCELLING", "CANCELLED"] as const) {
      expect(cancelOrder({ order: placed({ status }) }, id, at(5))).to.equal(nothing);
    }
  });

  it("is refused once the order completed", () => {
    for (const status of ["COMPLETED", "SHIPPED", "DELIVERED"] as const) {
      expectRefused(() => cancelOrder({ order: placed({ status }) }, id, at(5)), "not_now", "ORDER_COMPLETED");
    }
    expectRefused(() => cancelOrder({ order: undefined }, id, at(5)), "not_found", "ORDER_NOT_FOUND");
  });
});

describe("what the participants say", () => {
  const every: readonly Status[] = [
    "AWAITING_APPROVAL",
    "PLACED",
    "COMPLETED",
    "SHIPPED",
    "DELIVERED",
    "CANCELLING",
    "CANCELLED",
  ];
  /** What each fact does in the statuses where it does anything. */
  const table = [
    {
      fact: "payment.captured",
      hear: (order: Order | undefined) => complete({ order }, undefined, at(9)),
      does: { PLACED: "COMPLETED order.completed" },
    },
    {
      fact: "a rejection",
      hear: (order: Order | undefined) => cancel({ order }, rejection, at(9)),
      does: { PLACED: "CANCELLING order.cancelling" },
    },
    {
      fact: "an answer, not the last",
      hear: (order: Order | undefined) => answer("item")({ order }, undefined, at(9)),
      does: { CANCELLING: "CANCELLING" },
    },
    {
      fact: "shipment.dispatched",
      hear: (order: Order | undefined) => ship({ order }, dispatched, at(9)),
      does: { COMPLETED: "SHIPPED" },
    },
    {
      fact: "shipment.delivered",
      hear: (order: Order | undefined) => deliver({ order }, dispatched, at(9)),
      does: { COMPLETED: "DELIVERED", SHIPPED: "DELIVERED" },
    },
  ];
  for (const { fact, hear, does } of table) {
    const acted: Partial<Record<Status, string>> = does;
    for (const status of every) {
      it(`${fact} on ${status}: ${acted[status] ?? "nothing"}`, () => {
        const decision = hear(placed({ status }));
        const said = [decision.next?.order.status, ...types(decision)].filter((word) => word !== undefined).join(" ");
        expect(said).to.equal(acted[status] ?? "");
      });
    }
    it(`${fact} of an order nobody knows: nothing`, () => expect(hear(undefined)).to.equal(nothing));
  }

  it("a rejection's code and reason become the order's", () => {
    const { next, events } = cancel({ order: placed() }, rejection, at(9));
    expect(next?.order).to.deep.include({ ...rejection, cancelTime: later(9), dueTime: undefined });
    expect(events?.[0]?.data).to.deep.include(rejection);
  });

  it("the carrier and its number are kept, from whichever fact comes", () => {
    const expected = { carrier: "DHL", trackingNumber: "T1" };
    expect(ship({ order: placed({ status: "COMPLETED" }) }, dispatched, at(9)).next?.order).to.include(expected);
    expect(deliver({ order: placed({ status: "COMPLETED" }) }, dispatched, at(9)).next?.order).to.include(expected);
  });

  it("an answer of one that is not waited for changes nothing", () => {
    const order = placed({ status: "CANCELLING", participants: ["user"] });
    expect(answer("item")({ order }, undefined, at(9))).to.equal(nothing);
  });

  it("the last answer cancels the order", () => {
    const order = placed({ ...rejection, status: "CANCELLING", participants: ["user", "item"], answered: ["item"] });
    const { next, events } = answer("user")({ order }, undefined, at(9));
    expect(next?.order).to.deep.include({ status: "CANCELLED", endTime: later(9), answered: ["user", "item"] });
    expect(events).to.deep.equal([{ type: "order.cancelled", data: { purchase: order.purchase, ...rejection } }]);
  });
});

describe("expiring", () => {
  it("cancels an order at its deadline, not before", () => {
    expect(expire({ order: placed() }, "order-1", at(119))).to.equal(nothing);
    const { next, events } = expire({ order: placed() }, "order-1", at(120));
    expect(next?.order).to.include({ status: "CANCELLING", code: "EXPIRED", dueTime: undefined });
    expect(events?.[0]?.type).to.equal("order.cancelling");
  });

  it("cancels an order whose review never came", () => {
    expect(expire({ order: submitted() }, "order-1", at(86_400)).next?.order).to.include({ code: "EXPIRED" });
  });

  it("does nothing to an order that is decided", () => {
    const done = complete({ order: placed() }, undefined, at(1)).next?.order;
    const ending = cancel({ order: placed() }, rejection, at(1)).next?.order;
    for (const order of [done, ending, undefined]) expect(expire({ order }, "order-1", at(9e6))).to.equal(nothing);
  });
});
