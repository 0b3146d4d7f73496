// The process of a service: configuration, log, health and an orderly end around it.

import { flag, type Log, port, run, type Values, type Variables } from "@pavane/runtime";
import { z } from "zod";
import { type ServiceSetup, startService } from "./start.js";

/** The variables every service understands. */
export const serviceVariables = {
  DATABASE_URL: z.url().describe("the url of the service's own Postgres database, postgres://user:password@host/name"),
  NATS_URL: z.string().min(1).describe("the url of NATS with JetStream, nats://host:4222"),
  NAMESPACE: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,31}$/)
    .default("pavane")
    .describe("the first word of subjects and streams: lower case letters, digits and _"),
  GRPC_PORT: port().default(0).describe("a free port for gRPC; 0 takes any"),
  DATABASE_POOL: z.coerce.number().int().min(2).max(100).default(6).describe("connections to the database, 2 to 100"),
  PREPARED_STATEMENTS: flag().default(true).describe("false behind a connection pooler in transaction mode"),
  BATCH_LIMIT: z.coerce.number().int().min(1).max(5_000).default(500).describe("inputs in one transaction at most"),
};

/** What a service's own configuration is read beside. */
export type ServiceVariables = typeof serviceVariables;

/**
 * Runs a service as this process. `setup` makes it of its configuration. Anything that fails at start ends the process
 * with a message that says what to do; SIGTERM ends it in order.
 */
export function runService<Shape extends Variables>(
  name: string,
  variables: Shape,
  setup: (config: Values<Shape & ServiceVariables>, log: Log) => ServiceSetup,
): void {
  run(name, { ...serviceVariables, ...variables }, async ({ config, log, onReady, onStop, check }) => {
    // A spread of a generic shape loses its names for the compiler: this is what it is.
    const values = config as Values<Shape & ServiceVariables>;
    const common = config as Values<ServiceVariables>;
    const service = await startService(setup(values, log), {
      databaseUrl: common.DATABASE_URL,
      natsUrl: common.NATS_URL,
      namespace: common.NAMESPACE,
      grpcPort: common.GRPC_PORT,
      poolSize: common.DATABASE_POOL,
      preparedStatements: common.PREPARED_STATEMENTS,
      batchLimit: common.BATCH_LIMIT,
      log,
    });
    onStop(name, () => service.stop(20_000));
    onReady(() => service.server.setServing(true));
    check("database", async () => {
      await service.store.knex.raw("select 1");
    });
    check("broker", () => {
      if (!service.bus.connected) throw new Error("not connected");
    });
    log.info({ grpc_port: service.grpcPort }, "serving gRPC");
  });
}
