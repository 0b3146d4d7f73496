// Postgres: pool, batch transactions, keyed rows, outbox, inbox, effects, migrations.
export { logTransactions } from "./audit.js";
export { leaseEffects, lockEffects, postponeEffects, requestEffects, settleEffects } from "./effect.js";
export type { EffectRow } from "./effect.js";
export { OutcomeUnknown, codeOf, isConnectionTrouble, isSerialization } from "./errors.js";
export { changeFailed, keepFailed, leaseFailed, lockFailed } from "./failed.js";
export type { FailedRow, FailedState } from "./failed.js";
export { run, transact } from "./flight.js";
export type { Statement, Transaction } from "./flight.js";
export { claimInbox } from "./inbox.js";
export { migrate } from "./migrate.js";
export { appendFacts, newEventId } from "./outbox.js";
export type { AppendedFact, OutboxFact } from "./outbox.js";
export { startPartitions } from "./partition.js";
export type { IdVerdict, Partitioned, Partitions, PartitionsOptions } from "./partition.js";
export { openStore } from "./pool.js";
export type { Store, StoreOptions } from "./pool.js";
export { bool, int4, int8, json, message, optional, table, text, time, word } from "./table.js";
export type { Column, Table, TableOptions, Versioned } from "./table.js";
