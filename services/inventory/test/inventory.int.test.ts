// Inventory on a real Postgres and NATS: races, redelivery, cancelling before reserving.

import type { SetCapacityResponse } from "@pavane/contracts/inventory";
import { type Purchase, PurchaseMode } from "@pavane/contracts/purchase";
import { eventually, goods, line, purchase, type Stage, stage } from "@pavane/testkit";
import { expect } from "chai";
import { inventoryService } from "../src/index.js";
import { queries } from "../src/rpc.js";
import { policy } from "./examples.js";

describe("the inventory service", function () {
  this.timeout(60_000);
  let shop: Stage;

  before(async () => {
    const migrations = new URL("../../migrations/", import.meta.url);
    shop = await stage({ definition: inventoryService(policy), migrations });
  });
  after(() => shop.close());

  const look = (userId: string) => queries(policy)(shop.store).getInventory({ userId, pageSize: 0, pageToken: "" });
  const slots = async (userId: string): Promise<number[]> => {
    const { inventory } = await look(userId);
    return [inventory.capacity, inventory.reserved, inventory.used];
  };
  const order = (orderId: string, userId: string, quantity: number, changes: Partial<Purchase> = {}): Purchase =>
    purchase({ orderId, userId, lines: [line({ quantity }), goods()], ...changes });
  const reserve = (of: Purchase): string => shop.say("funds.reserved", { purchase: of, amount: of.total });
  const cancel = (of: Purchase): string => shop.say("order.cancelling", { purchase: of, code: "EXPIRED", reason: "" });
  const factsOf = (orderId: string): string[] =>
    shop.announced.filter(({ subject }) => subject === orderId).map(({ type, version }) => `${version} ${type}`);
  const said = (orderId: string, ...facts: readonly string[]): Promise<unknown> =>
    eventually(() => expect(factsOf(orderId)).to.deep.equal(facts));

  it("reserves, then grants or gives back, whatever is delivered again", async () => {
    const [kept, dropped] = [order("kept", "ann", 3), order("dropped", "ann", 4)];
    for (let again = 0; again < 3; again++) {
      reserve(kept);
      reserve(dropped);
    }
    await said("kept", "1 slots.reserved");
    await said("dropped", "1 slots.reserved");
    expect(await slots("ann")).to.deep.equal([10, 7, 0]);
    for (let again = 0; again < 3; again++) {
      shop.say("order.completed", { purchase: kept });
      cancel(dropped);
      reserve(dropped);
    }
    await eventually(async () => expect(await slots("ann")).to.deep.equal([10, 0, 3]));
    await said("dropped", "1 slots.reserved", "2 slots.released");
    expect((await look("ann")).items).to.deep.equal([{ itemId: "item-1", quantity: 3 }]);
  });

  it("holds nothing for an order that was cancelled before it was placed", async () => {
    const late = order("late", "early", 10);
    cancel(late);
    await said("late", "1 slots.released");
    reserve(late);
    reserve(order("after", "early", 4));
    await said("after", "1 slots.reserved");
    expect(await slots("early")).to.deep.equal([10, 4, 0]);
    expect(factsOf("late")).to.deep.equal(["1 slots.released"]);
  });

  it("never overfills the inventory of a user it meets in a race on two replicas", async () => {
    const other = await shop.join();
    const orders = Array.from({ length: 40 }, (_, index) => order(`race-${index}`, "raced", 2));
    for (const of of [...orders, ...orders]) reserve(of);
    await eventually(() => {
      const answers = orders.flatMap(({ orderId }) => factsOf(orderId));
      expect(answers.filter((fact) => fact === "1 slots.reserved")).to.have.length(5);
      expect(answers.filter((fact) => fact === "1 slots.rejected")).to.have.length(35);
    });
    expect(await slots("raced")).to.deep.equal([10, 10, 0]);
    for (const of of orders) cancel(of);
    await eventually(() => {
      for (const { orderId } of orders) expect(factsOf(orderId)[1]).to.equal("2 slots.released");
    });
    expect(await slots("raced")).to.deep.equal([10, 0, 0]);
    await other.stop(5_000);
  });

  it("changes the capacity, but not below what is taken", async () => {
    const set = (capacity: number) => shop.ask<SetCapacityResponse>("setCapacity", { userId: "small", capacity });
    reserve(order("taken", "small", 6));
    await said("taken", "1 slots.reserved");
    const refused = await set(5).catch((error: unknown) => error);
    expect(refused).to.include({ reason: "not_now", code: "CAPACITY_IN_USE" });
    const { inventory } = await set(6);
    expect(inventory).to.include({ capacity: 6, reserved: 6, used: 0, free: 0 });
    reserve(order("more", "small", 1));
    await said("more", "1 slots.rejected");
  });

  it("ignores what makes it reserve and release in an orchestrated purchase", async () => {
    const of = order("conducted-1", "conducted", 1, { mode: PurchaseMode.ORCHESTRATED });
    reserve(of);
    cancel(of);
    reserve(order("conducted-2", "conducted", 1));
    cancel(order("conducted-3", "conducted", 1));
    await said("conducted-2", "1 slots.reserved");
    await said("conducted-3", "1 slots.released");
    expect(factsOf("conducted-1")).to.deep.equal([]);
    expect(await slots("conducted")).to.deep.equal([10, 1, 0]);
  });
});
