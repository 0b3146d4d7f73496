// The inventory service's process.

import { InventoryServiceDefinition } from "@pavane/contracts/inventory";
import { face, runService } from "@pavane/service";
import { variables } from "./config.js";
import { inventoryService } from "./index.js";
import { commands, queries } from "./rpc.js";

runService("inventory", variables, ({ DEFAULT_CAPACITY }) => {
  const policy = { defaultCapacity: DEFAULT_CAPACITY };
  return {
    definition: inventoryService(policy),
    migrations: new URL("../../migrations/", import.meta.url),
    face: face(InventoryServiceDefinition, commands(policy), queries(policy)),
  };
});
