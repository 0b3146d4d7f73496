// The inventory service as data: what the engine runs, and the simulator and the map read.

import { type ServiceDefinition, service } from "@pavane/choreography";
import { catalogue } from "@pavane/contracts";
import type { Policy } from "./domain.js";
import { grants } from "./grant.js";
import { holds } from "./hold.js";
import { inventories } from "./inventory.js";
import { reactions } from "./reactions.js";
import { commands } from "./rpc.js";

export type { Policy } from "./domain.js";

/** Everything inventory does under a policy. Tables in the order in which rows are locked. */
export function inventoryService(policy: Policy): ServiceDefinition {
  return service({
    name: "inventory",
    catalogue,
    tables: [inventories, holds, grants],
    reactions: reactions(policy),
    commands: commands(policy),
  });
}
