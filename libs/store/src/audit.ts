// The audit log: what every input changed, because of which fact or call, before and after. Append-only.

import type { Statement } from "./flight.js";

/**
 * Appends one row for each input that changed something: arrays of ids, causes, cause ids, actors, order ids,
 * aggregates and announced facts (each joined by commas), changes as JSON text `[{table, key, before, after}]`.
 */
export const logTransactions: Statement = {
  name: "audit.log",
  text:
    "insert into transaction_log (id, cause, cause_id, actor, order_id, aggregates, facts, changes) " +
    "select u.id, u.cause, u.cause_id, u.actor, u.order_id, string_to_array(u.aggregates, ','), string_to_array(u.facts, ','), u.changes::json " +
    "from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[]) " +
    "as u(id, cause, cause_id, actor, order_id, aggregates, facts, changes)",
};
