// The order service, declared: its tables in lock order, what it hears, what callers ask, what becomes due.

import { type ServiceDefinition, service } from "@pavane/choreography";
import { catalogue } from "@pavane/contracts";
import { defaults, type Policy } from "./domain.js";
import { items } from "./item.js";
import { orders } from "./order.js";
import { dues, reactions } from "./reactions.js";
import { commands } from "./rpc.js";

/** The order service under a policy. */
export function orderService(policy: Policy = defaults): ServiceDefinition {
  return service({
    name: "order",
    catalogue,
    tables: [items, orders],
    reactions,
    commands: commands(policy),
    dues,
  });
}
export type { Policy };
