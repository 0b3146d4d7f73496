// The saga service as data: what the engine runs, and the simulator and the map read.

import { type ServiceDefinition, service } from "@pavane/choreography";
import { catalogue } from "@pavane/contracts";
import { defaults, type Policy, purchaseSaga, tables } from "./purchase.js";
import { commands } from "./rpc.js";

export type { Policy } from "./purchase.js";

/** The saga of a purchase as it is where nothing is configured, to draw it from. */
export const { drawn } = purchaseSaga(defaults);

/** Everything the saga service does under a policy. Tables in the order in which rows are locked. */
export function sagaService(policy: Policy = defaults): ServiceDefinition {
  const { reactions, dues, outcomes } = purchaseSaga(policy);
  return service({
    name: "saga",
    catalogue,
    tables: [tables.sagas, tables.log],
    reactions,
    commands: commands(policy),
    dues,
    outcomes,
  });
}
