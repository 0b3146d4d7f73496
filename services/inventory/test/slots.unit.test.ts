// The slots held for an order: given the inventory, when a fact comes, then this is announced, set aside and granted.

import { Refused } from "@pavane/kernel";
import { line } from "@pavane/testkit";
import { expect } from "chai";
import { confirm, type Held, type OfPurchase, release, reserve as reserveBy, setCapacity } from "../src/domain.js";
import { after, context, inventory, mixed, order, policy, regular, shipped, stranger, three } from "./examples.js";

const reserve = reserveBy(policy);
type Verb = typeof reserve | typeof release | typeof confirm;

/** The state after these verbs, each of the same order. */
function given(fact: OfPurchase, ...verbs: readonly Verb[]): Held {
  return verbs.reduce((state, verb) => after(state, verb(state, fact, context)), regular);
}

describe("reserving slots", () => {
  it("sets one aside for each digital unit", () => {
    const { next, events } = reserve(regular, mixed);
    expect(events).to.deep.equal([{ type: "slots.reserved", data: { purchase: mixed.purchase, slots: 3 } }]);
    expect(next).to.deep.equal({
      hold: { orderId: "order-1", userId: "user-1", state: "RESERVED", slots: 3 },
      inventory: inventory({ reserved: 3 }),
    });
  });

  it("needs none for goods, and announces all the same", () => {
    const { next, events } = reserve({ ...regular, inventory: inventory({ used: 10 }) }, shipped);
    expect(events).to.deep.equal([{ type: "slots.reserved", data: { purchase: shipped.purchase, slots: 0 } }]);
    expect(next?.hold).to.include({ state: "RESERVED", slots: 0 });
  });

  it("gives a user it never heard of the default capacity", () => {
    const { next } = reserve(stranger, three);
    expect(next?.inventory).to.deep.equal({ userId: "user-1", capacity: 10, reserved: 3, used: 0 });
    expect(reserve(stranger, order([line({ quantity: 11 })])).events?.[0]?.type).to.equal("slots.rejected");
  });

  it("rejects with INVENTORY_FULL what does not fit as a whole, and sets nothing aside", () => {
    const fact = order([line({ quantity: 5 }), line({ itemId: "item-2" })]);
    const { next, events } = reserve(regular, fact);
    expect(events?.[0]).to.include({ type: "slots.rejected" });
    expect(events?.[0]?.data).to.include({ code: "INVENTORY_FULL" });
    expect(next).to.deep.equal({ hold: { orderId: "order-1", userId: "user-1", state: "REJECTED", slots: 0 } });
  });

  it("takes the last slot, and counts what is reserved as taken", () => {
    expect(reserve(regular, order([line({ quantity: 5 })])).events?.[0]?.type).to.equal("slots.reserved");
    const busy = { inventory: inventory({ reserved: 3 }), hold: undefined };
    expect(reserve(busy, three).events?.[0]?.type).to.equal("slots.rejected");
  });

  for (const [name, verbs] of [
    ["RESERVED", [reserve]],
    ["CONFIRMED", [reserve, confirm]],
    ["RELEASED", [reserve, release]],
    ["a tombstone", [release]],
  ] as const) {
    it(`does nothing when the hold is ${name}`, () => {
      expect(reserve(given(three, ...verbs), three)).to.deep.equal({});
    });
  }

  it("does nothing when the hold is REJECTED, though there is room by now", () => {
    const { hold } = after(regular, reserve(regular, order([line({ quantity: 6 })])));
    expect(reserve({ inventory: inventory({ used: 0 }), hold }, order([line({ quantity: 6 })]))).to.deep.equal({});
  });
});

describe("releasing slots", () => {
  it("gives back what was set aside, and answers", () => {
    const { next, events } = release(given(three, reserve), three);
    expect(events).to.deep.equal([{ type: "slots.released", data: { purchase: three.purchase, slots: 3 } }]);
    expect(next?.inventory).to.deep.equal(inventory());
    expect(next?.hold).to.include({ state: "RELEASED", slots: 3 });
  });

  const full = order([line({ quantity: 6 })]);
  for (const [what, state, fact] of [
    ["an order it never heard of", regular, three],
    ["an order of a user it never heard of", stranger, three],
    ["an order it rejected", given(full, reserve), full],
  ] as const) {
    it(`answers for ${what}`, () => {
      const { next, events } = release(state, fact);
      expect(events).to.deep.equal([{ type: "slots.released", data: { purchase: fact.purchase, slots: 0 } }]);
      expect(next).to.deep.equal({ hold: { orderId: "order-1", userId: "user-1", state: "RELEASED", slots: 0 } });
    });
  }

  it("answers once", () => {
    expect(release(given(three, reserve, release), three)).to.deep.equal({});
    expect(release(given(three, release), three)).to.deep.equal({});
  });

  it("fails loudly for an order that is completed: one is never both", () => {
    const decide = () => release(given(three, reserve, confirm), three);
    expect(decide).to.throw("order order-1 is being cancelled, but its slots are CONFIRMED");
  });
});

describe("a completed order", () => {
  it("grants its digital lines and uses their slots", () => {
    const { next, events } = confirm(given(mixed, reserve), mixed, context);
    expect(events).to.equal(undefined);
    expect(next?.inventory).to.deep.equal(inventory({ used: 8 }));
    expect(next?.grants).to.deep.equal([
      { grantId: "order-1/item-1", ...of, itemId: "item-1", quantity: 2 },
      { grantId: "order-1/item-2", ...of, itemId: "item-2", quantity: 1 },
    ]);
  });
  const of = { userId: "user-1", orderId: "order-1", createTime: context.now };

  it("grants nothing when all of it ships", () => {
    expect(confirm(given(shipped, reserve), shipped, context).next?.grants).to.deep.equal([]);
  });

  it("is granted once", () => {
    expect(confirm(given(three, reserve, confirm), three, context)).to.deep.equal({});
  });

  it("fails loudly without its slots", () => {
    expect(() => confirm(regular, three, context)).to.throw("not held");
    expect(() => confirm(given(three, release), three, context)).to.throw("RELEASED");
  });
});

describe("setting the capacity", () => {
  const set = setCapacity(policy);
  const request = (capacity: number) => ({ userId: "user-1", capacity });

  it("gives more slots, or fewer down to those that are taken", () => {
    expect(set({ inventory: inventory() }, request(50)).next?.inventory).to.include({ capacity: 50, used: 5 });
    const busy = inventory({ reserved: 2 });
    expect(set({ inventory: busy }, request(7)).next?.inventory).to.include({ capacity: 7 });
  });

  it("is refused below what is used and reserved", () => {
    const decide = () => set({ inventory: inventory({ reserved: 2 }) }, request(6));
    expect(decide).to.throw(Refused).that.includes({ reason: "not_now", code: "CAPACITY_IN_USE" });
  });

  it("makes the inventory of a user it never heard of, even with the default", () => {
    const { next } = set({ inventory: undefined }, request(10));
    expect(next?.inventory).to.deep.equal({ userId: "user-1", capacity: 10, reserved: 0, used: 0 });
  });

  it("changes nothing when it is so already", () => {
    expect(set({ inventory: inventory() }, request(10))).to.deep.equal({});
  });
});
