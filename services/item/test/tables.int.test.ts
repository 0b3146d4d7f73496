// The tables of item on a real Postgres: rows come back as they went, and the database refuses what must never be.

import { ItemKind } from "@pavane/contracts/purchase";
import { migrate, openStore, run, type Store } from "@pavane/store";
import { type Database, database } from "@pavane/testkit";
import { expect } from "chai";
import type { Item } from "../src/domain/item.js";
import type { HeldLine, Hold } from "../src/domain/stock.js";
import { holds } from "../src/hold.js";
import { findItem, items } from "../src/item.js";
import { restocks } from "../src/restock.js";
import { queries } from "../src/rpc.js";
import { context, item } from "./examples.js";

describe("item's tables", () => {
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

  const insert = (row: Item) => run(store, items.insert, items.parameters([{ row, version: 1n }]));
  const hold = (row: Hold) => run(store, holds.insert, holds.parameters([{ row, version: 1n }]));

  async function refused(attempt: Promise<unknown>): Promise<string> {
    try {
      await attempt;
    } catch (error) {
      return String(error);
    }
    return "taken";
  }

  it("give a row back as it was written", async () => {
    const row = item({ itemId: "there-and-back", stock: 5n, reserved: 1n, allocated: 2n, sold: 3n, available: false });
    await insert(row);
    expect(await findItem(store, "there-and-back")).to.deep.equal(row);
    const sold = { ...row, reserved: 0n, sold: 4n };
    await run(store, items.update, items.parameters([{ row: sold, version: 2n }]));
    expect(await findItem(store, "there-and-back")).to.deep.equal(sold);
  });

  it("give a hold back with its lines", async () => {
    const lines: readonly HeldLine[] = [{ itemId: "goods-1", kind: ItemKind.PHYSICAL, quantity: 3 }];
    const row: Hold = { orderId: "order-1", state: "ALLOCATED", lines };
    await hold(row);
    const [record] = await run(store, holds.load, [["order-1"]]);
    expect(holds.read(record ?? {})).to.deep.equal(row);
  });

  for (const [what, change] of [
    ["negative stock", { stock: -1n, sold: 11n }],
    ["negative reserves", { reserved: -1n }],
    ["negative allocations", { allocated: -1n }],
    ["units sold below zero", { sold: -1n }],
    ["a negative price", { priceMinorUnits: -1n }],
    ["a kind that does not exist", { kind: ItemKind.UNSPECIFIED }],
  ] as const) {
    it(`refuse ${what}`, async () => {
      expect(await refused(insert(item({ itemId: "refused", ...change })))).to.contain("violates check constraint");
    });
  }

  it("refuse units from nowhere", async () => {
    const row = { ...item({ itemId: "refused" }), received: 11n };
    expect(await refused(insert(row))).to.contain("violates check constraint");
  });

  it("refuse a hold of nothing, and one allocated without goods", async () => {
    const digital = [{ itemId: "item-1", kind: ItemKind.DIGITAL, quantity: 3 }];
    for (const bad of [
      { orderId: "bad", state: "RESERVED", lines: [] },
      { orderId: "bad", state: "ALLOCATED", lines: digital },
    ] as const) {
      expect(await refused(hold(bad))).to.contain("violates check constraint");
    }
  });

  it("keep deliveries append-only, each once, each of an item that exists", async () => {
    await insert(item({ itemId: "restocked" }));
    const put = (restockId: string, itemId: string, quantity: bigint) =>
      run(store, restocks.insert, [[restockId], [itemId], [quantity], [context.now]]);
    await put("restock-1", "restocked", 5n);
    expect(await refused(put("restock-1", "restocked", 5n))).to.contain("restock_pkey");
    expect(await refused(put("restock-2", "nothing", 5n))).to.contain("foreign key");
    expect(await refused(put("restock-2", "restocked", 0n))).to.contain("violates check constraint");
    for (const sql of ["update restock set quantity = 6", "delete from restock", "truncate restock"]) {
      expect(await refused(store.knex.raw(sql)), sql).to.contain("restock is append-only");
    }
  });

  it("page items by id", async () => {
    const before = await queries(store).listItems({ pageSize: 1000, pageToken: "" });
    for (let index = 0; index < 7; index++) await insert(item({ itemId: `page-${index}` }));
    const seen: string[] = [];
    let pageToken = "";
    do {
      const answer = await queries(store).listItems({ pageSize: 3, pageToken });
      seen.push(...answer.items.map(({ itemId }) => itemId));
      pageToken = answer.nextPageToken;
    } while (pageToken !== "");
    const known = before.items.map(({ itemId }) => itemId);
    expect(seen).to.have.members([...known, ...Array.from({ length: 7 }, (_, index) => `page-${index}`)]);
    expect(seen).to.deep.equal([...new Set(seen)]);
  });

  it("answer the item with its price, and NOT_FOUND for one that does not exist", async () => {
    await insert(item({ itemId: "priced" }));
    const { item: found } = await queries(store).getItem({ itemId: "priced" });
    expect(found).to.deep.include({ price: { currencyCode: "USD", minorUnits: 1000n }, stock: 10n, received: 10n });
    expect(await refused(queries(store).getItem({ itemId: "nothing" }))).to.contain("there is no item nothing");
  });
});
