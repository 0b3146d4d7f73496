// Inventory through its public door: what a caller gets, and how a caller is refused.

import { InventoryServiceDefinition } from "@pavane/contracts/inventory";
import { type Client, client, RpcError } from "@pavane/rpc";
import { face, type RunningService, startService } from "@pavane/service";
import { type Database, database, namespace, natsUrl } from "@pavane/testkit";
import { expect } from "chai";
import { inventoryService } from "../src/index.js";
import { commands, queries } from "../src/rpc.js";
import { policy } from "./examples.js";

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

describe("the door of inventory", function () {
  this.timeout(60_000);
  let home: Database;
  let service: RunningService;
  let inventory: Client<InventoryServiceDefinition>;

  before(async () => {
    home = await database();
    const setup = {
      definition: inventoryService(policy),
      face: face(InventoryServiceDefinition, commands(policy), queries(policy)),
      migrations: new URL("../../migrations/", import.meta.url),
    };
    const places = { databaseUrl: home.url, natsUrl: natsUrl(), namespace: namespace(), grpcPort: 0 };
    service = await startService(setup, { ...places, log });
    service.server.setServing(true);
    inventory = client(InventoryServiceDefinition, `127.0.0.1:${service.grpcPort}`);
  });
  after(async () => {
    inventory.close();
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

  const whose = (userId: string) => ({ userId, pageSize: 0, pageToken: "" });

  it("answers the default capacity until another is set", async () => {
    const { inventory: before } = await inventory.getInventory(whose("ann"));
    expect(before).to.deep.equal({ userId: "ann", capacity: 10, reserved: 0, used: 0, free: 10 });
    const { inventory: after } = await inventory.setCapacity({ userId: "ann", capacity: 3 });
    expect(after).to.deep.equal({ userId: "ann", capacity: 3, reserved: 0, used: 0, free: 3 });
    expect(await inventory.getInventory(whose("ann"))).to.deep.equal({
      inventory: after,
      items: [],
      nextPageToken: "",
    });
  });

  it("refuses a capacity below what is taken", async () => {
    await inventory.setCapacity({ userId: "full", capacity: 5 });
    await service.store.knex("inventory").where({ user_id: "full" }).update({ used: 2, reserved: 1 });
    const refused = inventory.setCapacity({ userId: "full", capacity: 2 });
    expect(await refusal(refused)).to.equal("FAILED_PRECONDITION CAPACITY_IN_USE");
    const { inventory: same } = await inventory.setCapacity({ userId: "full", capacity: 5 });
    expect(same).to.deep.equal({ userId: "full", capacity: 5, reserved: 1, used: 2, free: 2 });
  });

  it("names the fields that break rules", async () => {
    const bad = inventory.setCapacity({ userId: "a b", capacity: -1 });
    expect(await refusal(bad)).to.equal("INVALID_ARGUMENT INVALID_REQUEST user_id capacity");
    expect(await refusal(inventory.getInventory(whose("")))).to.equal("INVALID_ARGUMENT INVALID_REQUEST user_id");
    const token = inventory.getInventory({ ...whose("ann"), pageToken: "nonsense" });
    expect(await refusal(token)).to.equal("INVALID_ARGUMENT INVALID_PAGE_TOKEN");
  });
});
