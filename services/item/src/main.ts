// The item service's process.

import { ItemServiceDefinition } from "@pavane/contracts/item";
import { face, runService } from "@pavane/service";
import { itemService } from "./index.js";
import { commands, queries } from "./rpc.js";

runService("item", {}, () => ({
  definition: itemService,
  migrations: new URL("../../migrations/", import.meta.url),
  face: face(ItemServiceDefinition, commands, queries),
}));
