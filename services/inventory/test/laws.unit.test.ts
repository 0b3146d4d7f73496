// The laws of the slots: whatever comes, in whatever order and number, no inventory is overfilled and none leaks.

import { goods, line } from "@pavane/testkit";
import { expect } from "chai";
import fc from "fast-check";
import {
  confirm,
  type Grant,
  type Hold,
  type Inventory,
  type OfPurchase,
  release,
  reserve as by,
} from "../src/domain.js";
import { after, context, order, policy, regular } from "./examples.js";

const reserve = by(policy);
type Verb = typeof reserve | typeof release | typeof confirm;

interface World {
  readonly inventory: Inventory | undefined;
  readonly holds: Readonly<Record<string, Hold>>;
  readonly grants: readonly Grant[];
  readonly said: readonly string[];
}

const start: World = { inventory: undefined, holds: {}, grants: [], said: [] };

function hear(world: World, verb: Verb, fact: OfPurchase): World {
  const { orderId } = fact.purchase;
  const { next, events } = verb({ inventory: world.inventory, hold: world.holds[orderId] }, fact, context);
  return {
    inventory: next?.inventory ?? world.inventory,
    holds: next?.hold === undefined ? world.holds : { ...world.holds, [orderId]: next.hold },
    grants: [...world.grants, ...(next?.grants ?? [])],
    said: [...world.said, ...(events ?? []).map(({ type }) => `${orderId} ${type}`)],
  };
}

function balanced({ inventory, holds, grants }: World): void {
  const { capacity, reserved, used } = inventory ?? { capacity: 0, reserved: 0, used: 0 };
  expect(reserved >= 0 && used >= 0 && reserved + used <= capacity).to.equal(true);
  const sum = (state: string) =>
    Object.values(holds).reduce((total, hold) => total + (hold.state === state ? hold.slots : 0), 0);
  expect(reserved).to.equal(sum("RESERVED"));
  expect(used).to.equal(sum("CONFIRMED"));
  expect(used).to.equal(grants.reduce((total, { quantity }) => total + quantity, 0));
  expect(new Set(grants.map(({ grantId }) => grantId)).size).to.equal(grants.length);
}

const quantity = fc.integer({ min: 1, max: 6 });
const lines = fc.oneof(
  quantity.map((n) => [line({ quantity: n })]),
  fc.tuple(quantity, quantity).map(([m, n]) => [line({ quantity: n }), line({ itemId: "item-2", quantity: m })]),
  fc.tuple(quantity, quantity).map(([m, n]) => [line({ quantity: n }), goods({ quantity: m })]),
);

describe("an inventory", () => {
  it("is exactly restored by a release after a reserve", () => {
    fc.assert(
      fc.property(lines, (of) => {
        const reserved = after(regular, reserve(regular, order(of)));
        expect(after(reserved, release(reserved, order(of))).inventory).to.deep.equal(regular.inventory);
      }),
    );
  });

  it("has what its holds and grants say under any interleaving, with any repeats, of many orders", () => {
    const story = fc.record({ lines, completed: fc.boolean() });
    const turn = fc.record({ who: fc.nat(), again: fc.boolean() });
    fc.assert(
      fc.property(
        fc.array(story, { minLength: 1, maxLength: 5 }),
        fc.array(turn, { maxLength: 50 }),
        (stories, turns) => {
          let world = start;
          const heard = stories.map(() => 0);
          for (const { who, again } of turns) {
            const index = who % stories.length;
            const { lines: of, completed } = stories[index] ?? { lines: [], completed: false };
            const rejected = world.said.includes(`order-${index} slots.rejected`);
            const verbs: readonly Verb[] = [reserve, completed && !rejected ? confirm : release];
            const at = again ? 0 : Math.min(heard[index] ?? 0, 1);
            world = hear(world, verbs[at] ?? reserve, order(of, { orderId: `order-${index}` }));
            heard[index] = Math.max(heard[index] ?? 0, at + 1);
            balanced(world);
          }
          expect(new Set(world.said).size).to.equal(world.said.length);
        },
      ),
    );
  });

  it("ends untouched by a cancelled order, answered once, however reserve and release come", () => {
    const verbs = fc.array(fc.constantFrom(reserve, release), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(lines, verbs, (of, heard) => {
        const world = [...heard, release].reduce<World>((now, verb) => hear(now, verb, order(of)), start);
        balanced(world);
        expect(world.inventory?.reserved ?? 0).to.equal(0);
        expect(world.holds["order-1"]?.state).to.equal("RELEASED");
        expect(world.said.filter((said) => said.endsWith("slots.released"))).to.have.length(1);
      }),
    );
  });
});
