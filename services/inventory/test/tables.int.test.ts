// The tables of inventory on a real Postgres: rows come back as they went, and the database refuses what must never be.

import { migrate, openStore, run, type Store } from "@pavane/store";
import { type Database, database } from "@pavane/testkit";
import { expect } from "chai";
import type { Inventory } from "../src/domain.js";
import { grants } from "../src/grant.js";
import { holds } from "../src/hold.js";
import { findInventory, inventories } from "../src/inventory.js";
import { queries } from "../src/rpc.js";
import { context, inventory, policy } from "./examples.js";

describe("inventory's tables", () => {
  let home: Database;
  let store: Store;

  before(async () => {
    home = await database();
    store = openStore({ url: home.url, applicationName: "test" });
    await migrate(store, new URL("../../migrations/", import.meta.url).pathname);
  });
  after(async () => {
    await store.close();
    await home.drop();
  });

  const insert = (row: Inventory) => run(store, inventories.insert, inventories.parameters([{ row, version: 0n }]));
  const hold = (orderId: string, state = "CONFIRMED", slots = 1) =>
    run(store, holds.insert, [[orderId], ["user-1"], [state], [slots], [1n]]);
  const grant = (userId: string, orderId: string, itemId: string, quantity: number) =>
    run(store, grants.insert, [[`${orderId}/${itemId}`], [userId], [orderId], [itemId], [quantity], [context.now]]);

  async function refused(attempt: Promise<unknown>): Promise<string> {
    try {
      await attempt;
    } catch (error) {
      return String(error);
    }
    return "taken";
  }

  it("give a row back as it was written", async () => {
    const row = inventory({ userId: "there-and-back", reserved: 2 });
    await insert(row);
    expect(await findInventory(store, "there-and-back")).to.deep.equal(row);
    expect(await findInventory(store, "nobody")).to.equal(undefined);
  });

  for (const [what, change] of [
    ["slots below zero", { used: -1 }],
    ["reserves below zero", { reserved: -1 }],
    ["a capacity below zero", { capacity: -1, used: 0 }],
    ["more taken than there are", { used: 6, reserved: 5 }],
  ] as const) {
    it(`refuse ${what}`, async () => {
      expect(await refused(insert(inventory({ userId: "refused", ...change })))).to.contain("check constraint");
    });
  }

  it("refuse a hold in a state that does not exist", async () => {
    expect(await refused(hold("bad", "ALLOCATED"))).to.contain("check constraint");
    expect(await refused(hold("bad", "RESERVED", -1))).to.contain("check constraint");
  });

  it("keep what is granted: once a line, for an order that is held, never changed", async () => {
    await insert(inventory({ userId: "owner" }));
    await hold("order-1");
    await grant("owner", "order-1", "item-1", 3);
    expect(await refused(grant("owner", "order-1", "item-1", 3))).to.contain("inventory_item_pkey");
    expect(await refused(grant("owner", "order-2", "item-1", 3))).to.contain("foreign key");
    expect(await refused(grant("nobody", "order-1", "item-2", 3))).to.contain("foreign key");
    expect(await refused(grant("owner", "order-1", "item-2", 0))).to.contain("check constraint");
    for (const sql of ["update inventory_item set quantity = 9", "delete from inventory_item"]) {
      expect(await refused(store.knex.raw(sql)), sql).to.contain("inventory_item is append-only");
    }
  });

  it("add up what a user owns over all orders, and page it by item", async () => {
    await insert(inventory({ userId: "rich", capacity: 100 }));
    for (const orderId of ["order-a", "order-b"]) {
      await hold(orderId);
      for (let index = 0; index < 5; index++) await grant("rich", orderId, `item-${index}`, index + 1);
    }
    const { getInventory } = queries(policy)(store);
    const seen: [string, number][] = [];
    let pageToken = "";
    do {
      const answer = await getInventory({ userId: "rich", pageSize: 2, pageToken });
      expect(answer.inventory).to.include({ capacity: 100, used: 5, free: 95 });
      seen.push(...answer.items.map(({ itemId, quantity }): [string, number] => [itemId, quantity]));
      pageToken = answer.nextPageToken;
    } while (pageToken !== "");
    expect(seen).to.deep.equal([
      ["item-0", 2],
      ["item-1", 4],
      ["item-2", 6],
      ["item-3", 8],
      ["item-4", 10],
    ]);
  });

  it("answer the default capacity for a user who was never heard of, and write nothing", async () => {
    const answer = await queries(policy)(store).getInventory({ userId: "nobody", pageSize: 0, pageToken: "" });
    expect(answer).to.deep.equal({
      inventory: { userId: "nobody", capacity: 10, reserved: 0, used: 0, free: 10 },
      items: [],
      nextPageToken: "",
    });
    expect(await findInventory(store, "nobody")).to.equal(undefined);
  });
});
