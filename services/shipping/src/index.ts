// The shipping service as data: what the engine runs, and the simulator and the map read.

import { type ServiceDefinition, service } from "@pavane/choreography";
import { catalogue } from "@pavane/contracts";
import { defaults, type Policy } from "./domain.js";
import { reactions } from "./reactions.js";
import { commands } from "./rpc.js";
import { shipments } from "./shipment.js";

/** The shipping service under a policy. */
export function shippingService(policy: Policy = defaults): ServiceDefinition {
  return service({ name: "shipping", catalogue, tables: [shipments], reactions: reactions(policy), commands });
}
export type { Policy };
