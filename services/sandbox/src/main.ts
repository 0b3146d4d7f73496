// The sandbox's process.

import { once } from "node:events";
import { run } from "@pavane/runtime";
import { variables } from "./config.js";
import { openSandbox } from "./sandbox.js";

run("sandbox", variables, async ({ config, log, onStop, check }) => {
  const sandbox = await openSandbox({
    databaseUrl: config.DATABASE_URL,
    slowMillis: config.SANDBOX_SLOW_MS,
    trouble: (error, request) => log.error({ err: error, request }, "a request could not be answered"),
  });
  onStop("sandbox", () => sandbox.close());
  check("database", () => sandbox.probe());
  sandbox.server.listen(config.HTTP_PORT);
  await once(sandbox.server, "listening");
  log.info({ address: sandbox.server.address() }, "the provider listens");
});
