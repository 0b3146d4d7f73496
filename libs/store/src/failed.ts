// Messages whose handling failed: kept until they succeed, are given up (a dead letter), or are skipped by an operator.

import type { Statement } from "./burst.js";

/** RETRYING waits for its time, DEAD for an operator; RESOLVED and SKIPPED are ends. */
export type FailedState = "RETRYING" | "DEAD" | "RESOLVED" | "SKIPPED";

/** A message that is tried again: what was heard, byte for byte. */
export interface FailedRow {
  readonly id: string;
  readonly reaction: string;
  readonly attempts: number;
  readonly subject: string;
  readonly message: Uint8Array;
}

/**
 * Keeps messages that failed for the first time: arrays of ids, reactions, states, seconds until the next attempt,
 * subjects, order ids, messages, errors. One that is there already stays as it is.
 */
export const keepFailed: Statement = {
  name: "failed.keep",
  text:
    "insert into failed_message (id, reaction, state, due_at, subject, order_id, message, error) " +
    "select u.id, u.reaction, u.state, now() + make_interval(secs => u.delay), u.subject, u.order_id, u.message, u.error " +
    "from unnest($1::text[], $2::text[], $3::text[], $4::float8[], $5::text[], $6::text[], $7::bytea[], $8::text[]) " +
    "as u(id, reaction, state, delay, subject, order_id, message, error) order by u.id, u.reaction on conflict do nothing",
};

/** Locks failed messages (arrays of ids and reactions): one is tried again only while it is RETRYING. */
export const lockFailed: Statement = {
  name: "failed.lock",
  text:
    "select id, reaction, state, attempts from failed_message " +
    "where (id, reaction) in (select * from unnest($1::text[], $2::text[])) order by id, reaction for update",
};

/** After an attempt: arrays of ids, reactions, states, seconds until the next attempt, attempts so far, errors. */
export const changeFailed: Statement = {
  name: "failed.change",
  text:
    "update failed_message as t set state = u.state, due_at = now() + make_interval(secs => u.delay), " +
    "attempts = u.attempts, error = coalesce(u.error, t.error), changed_at = now() " +
    "from unnest($1::text[], $2::text[], $3::text[], $4::float8[], $5::int[], $6::text[]) " +
    "as u(id, reaction, state, delay, attempts, error) where t.id = u.id and t.reaction = u.reaction",
};

/** Leases up to `$1` failed messages that are due, for `$2` seconds. */
export const leaseFailed: Statement = {
  name: "failed.lease",
  text:
    "update failed_message set due_at = now() + make_interval(secs => $2) where (id, reaction) in (" +
    "select id, reaction from failed_message where state = 'RETRYING' and due_at <= now() order by due_at limit $1 " +
    "for update skip locked) returning id, reaction, attempts, subject, message",
};
