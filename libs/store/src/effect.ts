// Effects as rows: asked for with the state, leased to whoever makes the call, done once.

import type { Statement } from "./burst.js";

/** An effect as it is kept; `input` is a JSON value. */
export interface EffectRow {
  readonly key: string;
  readonly kind: string;
  readonly input: unknown;
  /** Calls begun so far, this one included. */
  readonly attempts: number;
}

/**
 * Keeps new effects, leased to the caller for `$5` seconds: arrays of keys, kinds, inputs as JSON text, order ids. A key
 * that is there already is the same wish: it is not returned and not called again.
 */
export const requestEffects: Statement = {
  name: "effect.request",
  text:
    "insert into effect (key, kind, input, order_id, due_at) " +
    "select u.key, u.kind, u.input::jsonb, u.order_id, now() + make_interval(secs => $5) " +
    "from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as u(key, kind, input, order_id) " +
    "on conflict do nothing returning key",
};

/** Locks the effects of these keys: an outcome is taken only onto one that is PENDING. */
export const lockEffects: Statement = {
  name: "effect.lock",
  text: "select key, state from effect where key = any($1::text[]) order by key for update",
};

/** Settles effects: arrays of keys and of results as JSON text. */
export const settleEffects: Statement = {
  name: "effect.settle",
  text:
    "update effect as t set state = 'DONE', result = u.result::jsonb, done_at = now(), last_error = null " +
    "from unnest($1::text[], $2::text[]) as u(key, result) where t.key = u.key",
};

/** Leases up to `$1` effects that are due, for `$2` seconds, and counts the attempt. */
export const leaseEffects: Statement = {
  name: "effect.lease",
  text:
    "update effect set due_at = now() + make_interval(secs => $2), attempts = attempts + 1 where key in (" +
    "select key from effect where state = 'PENDING' and due_at <= now() order by due_at limit $1 " +
    "for update skip locked) returning key, kind, input, attempts, order_id",
};

/** After a call without an answer: arrays of keys, of seconds until the next, and of what was seen. */
export const postponeEffects: Statement = {
  name: "effect.postpone",
  text:
    "update effect as t set due_at = now() + make_interval(secs => u.delay), last_error = u.error " +
    "from unnest($1::text[], $2::float8[], $3::text[]) as u(key, delay, error) " +
    "where t.key = u.key and t.state = 'PENDING'",
};
