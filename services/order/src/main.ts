// The order service's process.

import { OrderServiceDefinition } from "@pavane/contracts/order";
import { face, runService } from "@pavane/service";
import { policyOf, variables } from "./config.js";
import { orderService } from "./index.js";
import { commands, queries } from "./rpc.js";

runService("order", variables, (config) => ({
  definition: orderService(policyOf(config)),
  migrations: new URL("../../migrations/", import.meta.url),
  face: face(OrderServiceDefinition, commands(policyOf(config)), queries),
}));
