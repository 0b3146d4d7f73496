// The local stack for programs: tests and tools start, stop and kill its parts.
export { startNats } from "./nats.js";
export type { Nats, NatsOptions } from "./nats.js";
export { startPostgres } from "./postgres.js";
export type { Postgres, PostgresOptions } from "./postgres.js";
