// The notification service as data: what the engine runs, and the simulator and the map read.

import { type ServiceDefinition, service } from "@pavane/choreography";
import { catalogue } from "@pavane/contracts";
import { contacts } from "./contact.js";
import { defaults, type Policy } from "./domain.js";
import { notifications } from "./notification.js";
import { outcomes, reactions } from "./reactions.js";
import { commands } from "./rpc.js";

/** The notification service under a policy; the default sends everything to the log. */
export function notificationService(policy: Policy = defaults): ServiceDefinition {
  return service({
    name: "notification",
    catalogue,
    tables: [contacts, notifications],
    reactions: reactions(policy),
    commands,
    outcomes,
  });
}
