// What the relay writes down: receipts of what the broker acknowledged, its cursor, and facts put aside as stuck.

import type { Statement } from "./burst.js";
import { type Transaction, transact } from "./flight.js";
import type { Cursor } from "./cursor.js";
import type { Identity } from "./found.js";
import type { Store } from "./pool.js";

/** An acknowledgement: where a fact lies in its stream. */
export interface Receipt {
  readonly stream: string;
  /** When the stream was made: a stream made again counts from one again. */
  readonly streamCreated: string;
  readonly position: bigint;
  readonly sequence: number;
}

const receipts: Statement = {
  name: "receipt.insert",
  text: `
    insert into receipt (relay, stream, stream_created, min_position, max_position, positions, sequences)
    values ($1, $2, $3, $4, $5, $6, $7)`,
};

const cursor: Statement = {
  name: "cursor.insert",
  text: `
    insert into relay_cursor (relay, token, part, position, snapshot, floor, system_identifier, timeline)
    select $1, u.token, u.part, u.position, u.snapshot::pg_snapshot, u.floor, $7, $8
    from unnest($2::bigint[], $3::smallint[], $4::bigint[], $5::text[], $6::bigint[])
           as u (token, part, position, snapshot, floor)
    join lease on lease.part = u.part and lease.token = u.token`,
};

const stuck: Statement = {
  name: "stuck.insert",
  text: `
    insert into outbox_stuck (position, id, part, aggregate, version, type, message, reason)
    select position, id, part, aggregate, version, type, message, $2 from outbox
    where id = any ($1::uuid[]) order by position on conflict do nothing`,
};

const stuckAggregates: Statement = {
  name: "stuck.aggregates",
  text: "select distinct aggregate from outbox_stuck where part = any ($1::smallint[])",
};

/** A cursor with the lease it is stored under. */
export interface StoredCursor extends Cursor {
  readonly token: bigint;
}

/**
 * Writes receipts, one row for each stream, and the cursors whose facts all have a receipt, here or before. The
 * cursor of a lease that has passed on is left out.
 */
export async function keepReceipts(
  store: Store,
  relay: string,
  acknowledged: readonly Receipt[],
  cursors: readonly StoredCursor[],
  identity: Identity,
): Promise<void> {
  await transact(store, async (tx) => {
    const sent = [...sendReceipts(tx, relay, acknowledged)];
    if (cursors.length > 0) {
      sent.push(sendCursors(tx, relay, cursors, identity));
    }
    await Promise.all([...sent, tx.commit()]);
  });
}

function* sendReceipts(tx: Transaction, relay: string, acknowledged: readonly Receipt[]): Generator<Promise<unknown>> {
  // More than one only when the stream was made again.
  const streams = new Map<string, Receipt[]>();
  for (const receipt of acknowledged) {
    const key = `${receipt.stream}/${receipt.streamCreated}`;
    const known = streams.get(key);
    if (known) known.push(receipt);
    else streams.set(key, [receipt]);
  }
  for (const group of streams.values()) {
    const positions = group.map((receipt) => receipt.position);
    const sequences = group.map((receipt) => receipt.sequence);
    const { stream, streamCreated } = group[0] as Receipt;
    // Acks come out of order: the bounds are computed, never the first and the last.
    const low = positions.reduce((a, b) => (b < a ? b : a));
    const high = positions.reduce((a, b) => (b > a ? b : a));
    yield tx.send(receipts, [relay, stream, streamCreated, low, high, positions, sequences]);
  }
}

function sendCursors(
  tx: Transaction,
  relay: string,
  cursors: readonly StoredCursor[],
  identity: Identity,
): Promise<unknown> {
  return tx.send(cursor, [
    relay,
    cursors.map((each) => each.token),
    cursors.map((each) => each.part),
    cursors.map((each) => each.position),
    cursors.map((each) => each.snapshot),
    cursors.map((each) => each.floor),
    identity.system,
    identity.timeline,
  ]);
}

/** Puts facts aside for an operator, message and all. */
export async function putAside(store: Store, ids: readonly string[], reason: string): Promise<void> {
  await transact(store, async (tx) => {
    await Promise.all([tx.send(stuck, [ids, reason]), tx.commit()]);
  });
}

/** The aggregates of these parts that have a fact put aside: their later facts follow it. */
export async function stuckAmong(store: Store, parts: readonly number[]): Promise<Set<string>> {
  const rows = await transact(store, (tx) => tx.send<{ aggregate: string }>(stuckAggregates, [parts]));
  return new Set(rows.map((row) => row.aggregate));
}
