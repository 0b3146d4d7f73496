// Shipping, declared: what the engine, the simulator and the map run.

import { catalogue } from "@pavane/contracts";
import { service } from "@pavane/choreography";
import type { Policy } from "./domain.js";
import { reactions } from "./reactions.js";
import { commands } from "./rpc.js";
import { shipments } from "./shipment.js";

/** Shipments of physical items, to the countries of the policy. */
export const shippingService = (policy: Policy) =>
  service({ name: "shipping", catalogue, tables: [shipments], reactions: reactions(policy), commands });
