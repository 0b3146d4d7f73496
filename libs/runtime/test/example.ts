// A process for the lifecycle tests: what it does is chosen by EXAMPLE.
import { z } from "zod";
import { port, run } from "../src/index.js";

const variables = {
  EXAMPLE: z.enum(["good", "stuck", "slow start", "refused", "defect", "crash", "unclean"]),
  GRPC_PORT: port().describe("a free port"),
};

run("example", variables, async (app) => {
  app.onStop("first", () => app.log.info("first hook"));
  app.onStop("second", async () => {
    if (app.config.EXAMPLE === "stuck") await new Promise(() => undefined);
    if (app.config.EXAMPLE === "unclean") throw new Error("it would not close");
    app.log.info("second hook");
  });
  app.onReady(() => app.log.info("serving"));
  app.check("self", () => undefined);
  switch (app.config.EXAMPLE) {
    case "slow start":
      app.log.info("starting");
      return new Promise((_done, failed) => app.onStop("database", () => failed(new Error("the database was closed"))));
    case "refused":
      await fetchRefused();
      break;
    case "defect":
      throw new TypeError("a defect");
    case "crash":
      setTimeout(() => {
        throw new Error("out of the blue");
      }, 10);
      break;
    case "good":
    case "stuck":
    case "unclean":
      break;
  }
});

async function fetchRefused(): Promise<void> {
  const { connect } = await import("node:net");
  await new Promise((_done, failed) => connect(1, "127.0.0.1").once("error", failed));
}
