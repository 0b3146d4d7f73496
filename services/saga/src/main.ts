// The saga service's process.

import { SagaServiceDefinition } from "@pavane/contracts/saga";
import { face, runService } from "@pavane/service";
import { alarm } from "./alarm.js";
import { policyOf, variables } from "./config.js";
import { sagaService } from "./index.js";
import { commands, queries } from "./rpc.js";

runService("saga", variables, (config, log) => ({
  definition: sagaService(policyOf(config)),
  migrations: new URL("../../migrations/", import.meta.url),
  face: face(SagaServiceDefinition, commands(policyOf(config)), queries),
  adapters: { alarm: alarm(log) },
}));
