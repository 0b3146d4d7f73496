// The laws of the stock: whatever facts come, in whatever order and number, nothing is lost and nothing is sold twice.

import { goods, line } from "@pavane/testkit";
import { expect } from "chai";
import fc from "fast-check";
import {
  confirm,
  deduct,
  type Held,
  type Hold,
  type Items,
  type OfPurchase,
  release,
  reserve,
} from "../src/domain/stock.js";
import { after, order, shelf } from "./examples.js";

const quantity = fc.integer({ min: 1, max: 8 });
const lines = fc.oneof(
  quantity.map((n) => [line({ quantity: n })]),
  quantity.map((n) => [goods({ quantity: n })]),
  fc.tuple(quantity, quantity).map(([m, n]) => [goods({ quantity: m }), line({ quantity: n })]),
);

/** What may come of an order: it is cancelled or completed (and then dispatched), never both. */
const histories = {
  cancelled: [reserve, release],
  completed: [reserve, confirm],
  shipped: [reserve, confirm, deduct],
} as const;

type Verb = (state: Held, fact: OfPurchase) => ReturnType<typeof reserve | typeof release | typeof confirm>;

interface World {
  readonly items: Items;
  readonly holds: Readonly<Record<string, Hold>>;
  readonly said: readonly string[];
}

function hear(world: World, verb: Verb, fact: OfPurchase): World {
  const { orderId } = fact.purchase;
  const state = { hold: world.holds[orderId], items: world.items };
  const decision = verb(state, fact);
  const next = after(state, decision);
  return {
    items: next.items,
    holds: next.hold === undefined ? world.holds : { ...world.holds, [orderId]: next.hold },
    said: [...world.said, ...(decision.events ?? []).map(({ type }) => `${orderId} ${type}`)],
  };
}

function conserved({ items, holds }: World): void {
  for (const { itemId, stock, reserved, allocated, sold, received } of Object.values(items)) {
    for (const units of [stock, reserved, allocated, sold]) expect(units >= 0n, `${itemId} is negative`).to.equal(true);
    expect(stock + reserved + allocated + sold).to.equal(received);
    const held = Object.values(holds)
      .filter(({ state }) => state === "RESERVED")
      .flatMap((hold) => hold.lines.filter((of) => of.itemId === itemId))
      .reduce((sum, of) => sum + BigInt(of.quantity), 0n);
    expect(reserved).to.equal(held);
  }
}

describe("stock", () => {
  it("is exactly restored by a release after a reserve", () => {
    fc.assert(
      fc.property(lines, (of) => {
        const fact = order(of);
        const reserved = after(shelf, reserve(shelf, fact));
        expect(after(reserved, release(reserved, fact)).items).to.deep.equal(shelf.items);
      }),
    );
  });

  it("is conserved, and each fact answered once, under any interleaving with any repeats of many orders", () => {
    const story = fc.record({ lines, history: fc.constantFrom(...(["cancelled", "completed", "shipped"] as const)) });
    // Which order hears its next fact, or one it has heard before.
    const turns = fc.array(fc.record({ who: fc.nat(), again: fc.option(fc.nat(), { nil: undefined }) }), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(fc.array(story, { minLength: 1, maxLength: 5 }), turns, (stories, heardBy) => {
        let world: World = { items: shelf.items, holds: {}, said: [] };
        const heard = stories.map(() => 0);
        for (const { who, again } of heardBy) {
          const index = who % stories.length;
          const { lines: of, history } = stories[index] ?? { lines: [], history: "cancelled" };
          const fact = order(of, `order-${index}`);
          const count = heard[index] ?? 0;
          const rejected = world.said.includes(`order-${index} stock.rejected`);
          const verbs: readonly Verb[] = rejected ? histories.cancelled : histories[history];
          const at = again === undefined || count === 0 ? Math.min(count, verbs.length - 1) : again % count;
          const verb = verbs[Math.min(at, verbs.length - 1)];
          if (verb === undefined) continue;
          world = hear(world, verb, fact);
          heard[index] = Math.max(count, at + 1);
          conserved(world);
        }
        expect(new Set(world.said).size, world.said.join()).to.equal(world.said.length);
      }),
    );
  });

  it("ends the same for a cancelled order however reserve and release come, and nothing is held", () => {
    const verbs = fc.array(fc.constantFrom(reserve, release), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(lines, verbs, (of, heard) => {
        const fact = order(of);
        const world = [...heard, release].reduce<World>((now, verb) => hear(now, verb, fact), {
          items: shelf.items,
          holds: {},
          said: [],
        });
        expect(world.items).to.deep.equal(shelf.items);
        expect(world.holds["order-1"]?.state).to.equal("RELEASED");
        expect(world.said.filter((said) => said.endsWith("stock.released"))).to.have.length(1);
      }),
    );
  });

  it("ends the same for a shipped order in whichever order its completion and its dispatch come", () => {
    const verbs = fc.shuffledSubarray([confirm, confirm, deduct, deduct, reserve], { minLength: 5 });
    fc.assert(
      fc.property(quantity, quantity, verbs, (m, n, heard) => {
        const fact = order([goods({ quantity: m }), line({ quantity: n })]);
        const world = [reserve, ...heard].reduce<World>((now, verb) => hear(now, verb, fact), {
          items: shelf.items,
          holds: {},
          said: [],
        });
        const sold = (itemId: string, units: number) => ({
          ...shelf.items[itemId],
          stock: 10n - BigInt(units),
          sold: BigInt(units),
        });
        expect(world.items).to.deep.equal({ "item-1": sold("item-1", n), "goods-1": sold("goods-1", m) });
        expect(world.holds["order-1"]?.state).to.equal("CONFIRMED");
        expect(world.said).to.deep.equal(["order-1 stock.reserved"]);
      }),
    );
  });
});
