// Item through its public door: what a caller gets, and how a caller is refused.

import { ItemServiceDefinition } from "@pavane/contracts/item";
import { ItemKind } from "@pavane/contracts/purchase";
import { type Client, client, RpcError } from "@pavane/rpc";
import { face, type RunningService, startService } from "@pavane/service";
import { type Database, database, namespace, natsUrl } from "@pavane/testkit";
import { expect } from "chai";
import { itemService } from "../src/index.js";
import { commands, queries } from "../src/rpc.js";
import { asked } from "./examples.js";

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

describe("the door of item", function () {
  this.timeout(60_000);
  let home: Database;
  let service: RunningService;
  let item: Client<ItemServiceDefinition>;

  before(async () => {
    home = await database();
    const setup = {
      definition: itemService,
      face: face(ItemServiceDefinition, commands, queries),
      migrations: new URL("../../migrations/", import.meta.url),
    };
    const places = { databaseUrl: home.url, natsUrl: natsUrl(), namespace: namespace(), grpcPort: 0 };
    service = await startService(setup, { ...places, log });
    service.server.setServing(true);
    item = client(ItemServiceDefinition, `127.0.0.1:${service.grpcPort}`);
  });
  after(async () => {
    item.close();
    await service.stop(5_000);
    await home.drop();
  });

  /** How a call is refused: its status, its code, and the fields that break rules. */
  async function refusal(call: Promise<unknown>): Promise<string> {
    try {
      await call;
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      return [error.code, error.reason, ...error.violations.map(({ field }) => field)].join(" ");
    }
    return "taken";
  }

  it("creates an item, answers a repeat the same, and refuses another under its id", async () => {
    const first = await item.createItem(asked({ itemId: "sword" }));
    expect(first.item).to.deep.include({
      itemId: "sword",
      kind: ItemKind.DIGITAL,
      stock: 10n,
      received: 10n,
      sold: 0n,
    });
    expect(await item.createItem(asked({ itemId: "sword" }))).to.deep.equal(first);
    expect(await item.getItem({ itemId: "sword" })).to.deep.equal(first);
    const other = item.createItem(asked({ itemId: "sword", name: "Other" }));
    expect(await refusal(other)).to.equal("ALREADY_EXISTS ITEM_ALREADY_EXISTS");
  });

  it("restocks, prices and takes off the shelf", async () => {
    await item.createItem(asked({ itemId: "bow" }));
    const delivery = { itemId: "bow", restockId: "r-1", quantity: 5n };
    expect((await item.restock(delivery)).item.stock).to.equal(15n);
    expect((await item.restock(delivery)).item.stock).to.equal(15n);
    expect(await refusal(item.restock({ ...delivery, quantity: 6n }))).to.equal(
      "ALREADY_EXISTS RESTOCK_ALREADY_EXISTS",
    );
    const price = { currencyCode: "EUR", minorUnits: 1n };
    expect((await item.setPrice({ itemId: "bow", price })).item.price).to.deep.equal(price);
    expect((await item.setAvailability({ itemId: "bow", available: false })).item.available).to.equal(false);
    expect((await item.getItem({ itemId: "bow" })).item).to.deep.include({ price, available: false, received: 15n });
  });

  it("lists items page by page", async () => {
    await item.createItem(asked({ itemId: "page-1" }));
    await item.createItem(asked({ itemId: "page-2" }));
    const first = await item.listItems({ pageSize: 1, pageToken: "" });
    expect(first.items).to.have.length(1);
    const second = await item.listItems({ pageSize: 1, pageToken: first.nextPageToken });
    expect(second.items[0]?.itemId).not.to.equal(first.items[0]?.itemId);
    const wrong = item.listItems({ pageSize: 1, pageToken: "nonsense" });
    expect(await refusal(wrong)).to.equal("INVALID_ARGUMENT INVALID_PAGE_TOKEN");
  });

  it("answers NOT_FOUND for an item that does not exist", async () => {
    const price = { currencyCode: "USD", minorUnits: 1n };
    for (const call of [
      item.getItem({ itemId: "nothing" }),
      item.restock({ itemId: "nothing", restockId: "r-9", quantity: 1n }),
      item.setPrice({ itemId: "nothing", price }),
      item.setAvailability({ itemId: "nothing", available: true }),
    ]) {
      expect(await refusal(call)).to.equal("NOT_FOUND ITEM_NOT_FOUND");
    }
  });

  it("names the fields that break rules", async () => {
    const bad = item.createItem(asked({ itemId: "no spaces", kind: ItemKind.UNSPECIFIED, initialStock: -1n }));
    expect(await refusal(bad)).to.equal("INVALID_ARGUMENT INVALID_REQUEST item_id kind initial_stock");
    expect(await refusal(item.getItem({ itemId: "" }))).to.equal("INVALID_ARGUMENT INVALID_REQUEST item_id");
    const none = item.restock({ itemId: "sword", restockId: "r-2", quantity: 0n });
    expect(await refusal(none)).to.equal("INVALID_ARGUMENT INVALID_REQUEST quantity");
    const cheap = item.setPrice({ itemId: "sword", price: { currencyCode: "usd", minorUnits: -1n } });
    expect(await refusal(cheap)).to.equal("INVALID_ARGUMENT INVALID_REQUEST price.currency_code price.minor_units");
    expect(await refusal(item.listItems({ pageSize: 1001, pageToken: "" }))).to.contain("page_size");
  });
});
