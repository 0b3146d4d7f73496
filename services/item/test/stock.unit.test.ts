// What is held for an order: given the shelf, when a fact comes, then this is announced and set aside.

import { ItemKind } from "@pavane/contracts/purchase";
import { money } from "@pavane/kernel";
import { goods, line } from "@pavane/testkit";
import { expect } from "chai";
import { confirm, deduct, type Held, type OfPurchase, release, reserve } from "../src/domain/stock.js";
import { after, digital, item, mixed, order, places, shelf, shipped } from "./examples.js";

type Verb = typeof reserve | typeof release | typeof confirm | typeof deduct;

/** The state after these verbs, each of the same order. */
function given(fact: OfPurchase, ...verbs: readonly Verb[]): Held {
  return verbs.reduce((state, verb) => after(state, verb(state, fact)), shelf);
}

function announced(decision: ReturnType<Verb>): string[] {
  return (decision.events ?? []).map(({ type }) => type);
}

describe("reserving stock", () => {
  it("sets every line aside and says so", () => {
    const decision = reserve(shelf, mixed);
    expect(decision.events).to.deep.equal([{ type: "stock.reserved", data: { purchase: mixed.purchase } }]);
    const state = after(shelf, decision);
    expect(state.hold).to.deep.equal({
      orderId: "order-1",
      state: "RESERVED",
      lines: [
        { itemId: "goods-1", kind: ItemKind.PHYSICAL, quantity: 2 },
        { itemId: "item-1", kind: ItemKind.DIGITAL, quantity: 3 },
      ],
    });
    expect(places(state, "item-1")).to.deep.equal({ stock: 7n, reserved: 3n, allocated: 0n, sold: 0n });
    expect(places(state, "goods-1")).to.deep.equal({ stock: 8n, reserved: 2n, allocated: 0n, sold: 0n });
  });

  const gone = { ...shelf.items, "item-2": item({ itemId: "item-2", available: false }) };
  for (const [code, lines, itemId] of [
    ["ITEM_NOT_FOUND", [line({ itemId: "unknown" })], "unknown"],
    ["ITEM_NOT_AVAILABLE", [line({ itemId: "item-2" })], "item-2"],
    ["PRICE_CHANGED", [line({ unitPrice: money("USD", 999n) })], "item-1"],
    ["PRICE_CHANGED", [line({ unitPrice: money("EUR", 1000n) })], "item-1"],
    ["OUT_OF_STOCK", [line({ quantity: 11 })], "item-1"],
    // Of two lines that cannot be had, the first by id decides, whatever the order of the lines.
    ["OUT_OF_STOCK", [line({ itemId: "zzz" }), goods({ quantity: 11 })], "goods-1"],
    // What is free of one line does not help another.
    ["OUT_OF_STOCK", [goods(), line({ quantity: 11 })], "item-1"],
  ] as const) {
    it(`rejects the whole order with ${code} for ${itemId} and sets nothing aside`, () => {
      const state = { hold: undefined, items: gone };
      const decision = reserve(state, order(lines));
      expect(decision.events).to.have.length(1);
      expect(decision.events?.[0]).to.deep.include({ type: "stock.rejected" });
      expect(decision.events?.[0]?.data).to.include({ code, itemId });
      expect(decision.next).to.deep.equal({ hold: { orderId: "order-1", state: "REJECTED", lines: [] } });
    });
  }

  it("checks an item that does not exist, then availability, price and stock, in this order", () => {
    const off = { "item-1": item({ available: false, stock: 0n }) };
    const dear = order([line({ unitPrice: money("USD", 1n), quantity: 99 })]);
    expect(reserve({ hold: undefined, items: off }, dear).events?.[0]?.data).to.include({ code: "ITEM_NOT_AVAILABLE" });
    const on = { "item-1": item({ stock: 0n }) };
    expect(reserve({ hold: undefined, items: on }, dear).events?.[0]?.data).to.include({ code: "PRICE_CHANGED" });
  });

  it("takes the last unit and no more", () => {
    const last = after(shelf, reserve(shelf, order([line({ quantity: 10 })])));
    expect(places(last, "item-1").stock).to.equal(0n);
    const next = reserve({ hold: undefined, items: last.items }, order([line()], "order-2"));
    expect(announced(next)).to.deep.equal(["stock.rejected"]);
  });

  for (const [name, verbs] of [
    ["RESERVED", [reserve]],
    ["CONFIRMED", [reserve, confirm]],
    ["RELEASED", [reserve, release]],
    ["a tombstone", [release]],
  ] as const) {
    it(`does nothing when the hold is ${name}`, () => {
      expect(reserve(given(digital, ...verbs), digital)).to.deep.equal({});
    });
  }

  it("does nothing when the hold is REJECTED, though the item could be had by now", () => {
    const rejected = after(shelf, reserve(shelf, order([line({ quantity: 99 })])));
    expect(reserve({ ...rejected, items: { "item-1": item({ stock: 1000n }) } }, digital)).to.deep.equal({});
  });
});

describe("releasing stock", () => {
  it("puts back what was reserved and answers", () => {
    const decision = release(given(mixed, reserve), mixed);
    expect(decision.events).to.deep.equal([{ type: "stock.released", data: { purchase: mixed.purchase } }]);
    const state = after(given(mixed, reserve), decision);
    expect(state.hold?.state).to.equal("RELEASED");
    expect(state.items).to.deep.equal(shelf.items);
  });

  it("answers from a tombstone for an order it never heard of", () => {
    const decision = release(shelf, order([line({ itemId: "unknown" })]));
    expect(announced(decision)).to.deep.equal(["stock.released"]);
    expect(decision.next).to.deep.equal({ hold: { orderId: "order-1", state: "RELEASED", lines: [] } });
  });

  it("answers for an order it rejected", () => {
    const fact = order([line({ quantity: 99 })]);
    const decision = release(given(fact, reserve), fact);
    expect(announced(decision)).to.deep.equal(["stock.released"]);
    expect(decision.next?.items).to.equal(undefined);
  });

  it("answers once", () => {
    expect(release(given(digital, reserve, release), digital)).to.deep.equal({});
    expect(release(given(digital, release), digital)).to.deep.equal({});
  });

  it("fails loudly for an order that is completed: one is never both", () => {
    for (const verbs of [
      [reserve, confirm],
      [reserve, confirm, deduct],
    ]) {
      expect(() => release(given(shipped, ...verbs), shipped)).to.throw(
        /order order-1 is being cancelled, but its stock/,
      );
    }
  });
});

describe("a completed order", () => {
  it("has its digital units sold at once", () => {
    const state = given(digital, reserve, confirm);
    expect(state.hold?.state).to.equal("CONFIRMED");
    expect(places(state, "item-1")).to.deep.equal({ stock: 7n, reserved: 0n, allocated: 0n, sold: 3n });
  });

  it("has its goods allocated until they are dispatched", () => {
    const completed = given(mixed, reserve, confirm);
    expect(completed.hold?.state).to.equal("ALLOCATED");
    expect(places(completed, "item-1")).to.deep.equal({ stock: 7n, reserved: 0n, allocated: 0n, sold: 3n });
    expect(places(completed, "goods-1")).to.deep.equal({ stock: 8n, reserved: 0n, allocated: 2n, sold: 0n });
    const dispatched = given(mixed, reserve, confirm, deduct);
    expect(dispatched.hold?.state).to.equal("CONFIRMED");
    expect(places(dispatched, "item-1")).to.deep.equal({ stock: 7n, reserved: 0n, allocated: 0n, sold: 3n });
    expect(places(dispatched, "goods-1")).to.deep.equal({ stock: 8n, reserved: 0n, allocated: 0n, sold: 2n });
  });

  for (const fact of [shipped, mixed]) {
    it(`ends the same when the dispatch is heard first (${fact.purchase.lines.length} lines)`, () => {
      expect(given(fact, reserve, deduct, confirm)).to.deep.equal(given(fact, reserve, confirm, deduct));
      expect(confirm(given(fact, reserve, deduct), fact)).to.deep.equal({});
    });
  }

  it("is confirmed and deducted once", () => {
    expect(confirm(given(mixed, reserve, confirm), mixed)).to.deep.equal({});
    expect(deduct(given(mixed, reserve, confirm, deduct), mixed)).to.deep.equal({});
    expect(confirm(given(mixed, reserve, confirm, deduct), mixed)).to.deep.equal({});
  });

  it("fails loudly without its stock", () => {
    for (const verb of [confirm, deduct]) {
      expect(() => verb(shelf, shipped)).to.throw("not held");
      expect(() => verb(given(shipped, release), shipped)).to.throw("RELEASED");
    }
  });
});
