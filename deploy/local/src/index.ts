// The local stack for programs: tests and tools start, stop and kill its parts.
export { everyService, soundness } from "./gates/choreography.js";
export { freshness } from "./gates/documents.js";
export { judge } from "./gates/gate.js";
export type { Gate, Verdict } from "./gates/gate.js";
export { gates } from "./gates/index.js";
export { startNats } from "./nats.js";
export type { Nats, NatsOptions } from "./nats.js";
export { startPostgres } from "./postgres.js";
export type { Postgres, PostgresOptions } from "./postgres.js";
export { scratch } from "./scratch.js";
export type { Server } from "./servers.js";
export { allServices, startStack } from "./stack.js";
export type { Stack, StackOptions } from "./stack.js";
export { findState, requireState } from "./state.js";
export type { ReplicaState, ServiceState, StackState } from "./state.js";
export { fail, Trouble } from "./trouble.js";
