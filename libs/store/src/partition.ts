// Day partitions: made two days ahead, dropped whole after their retention, by a sweep that is safe with many replicas.

import { dayMillis, dayOf, dayOfPartition, lowestId, partitionName, timeOfId } from "./day.js";
import { codeOf } from "./errors.js";
import { type Connection, maintain, type Store } from "./pool.js";

/** A table partitioned by day: by a UUIDv7 `id`, or by a timestamptz `at`. */
export interface Partitioned {
  readonly table: string;
  readonly by: "id" | "at";
  /** Days kept whole before today. */
  readonly days: number;
  /** Whether past days get a partition too, because old ids may still come in. */
  readonly past?: boolean;
  /** A query that counts the rows of partition `$partition` (which ends at `$end`) that forbid dropping it. */
  readonly needed?: string;
}

export interface PartitionsOptions {
  /** Days that outbox, receipts and cursor are kept; 7 by default. */
  readonly ledgerDays?: number;
  /** Days for which an event id is remembered; by default the ledger's, the streams' (7) and one more. */
  readonly inboxDays?: number;
  /** A service's own partitioned tables. */
  readonly more?: readonly Partitioned[];
  readonly sweepMillis?: number;
  /** An outbox partition is past its time and has rows that were never published: an alarm. */
  readonly onKept?: (partition: string, rows: number) => void;
  /** A sweep failed; the next one tries again. */
  readonly onError?: (error: unknown) => void;
}

/** Whether an event id may be claimed: one whose partition is not there would fail its whole batch. */
export type IdVerdict = "OK" | "CLOCK" | "TOO_OLD" | "NOT_AN_ID";

export interface Partitions {
  /** CLOCK: more than a day ahead of this clock. TOO_OLD: before what the inbox remembers. */
  verdict(id: string): IdVerdict;
  /** Makes and drops what is due now. */
  sweep(): Promise<void>;
  stop(): Promise<void>;
}

/** Makes today's partitions before it resolves, then keeps sweeping. */
export async function startPartitions(store: Store, options: PartitionsOptions = {}): Promise<Partitions> {
  const ledgerDays = options.ledgerDays ?? 7;
  const inboxDays = options.inboxDays ?? ledgerDays + 7 + 1;
  const tables = [...ledgerTables(ledgerDays, inboxDays), ...(options.more ?? [])];
  const onKept = options.onKept ?? (() => undefined);
  await make(store, tables);
  let running: Promise<void> = Promise.resolve();
  const sweep = async () => {
    await make(store, tables);
    for (const table of tables) {
      await dropOld(store, table, onKept);
    }
  };
  const timer = setInterval(() => {
    running = sweep().catch((error: unknown) => options.onError?.(error));
  }, options.sweepMillis ?? 3_600_000);
  timer.unref();
  return {
    verdict: (id) => verdict(id, inboxDays, Date.now()),
    sweep,
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}

function verdict(id: string, inboxDays: number, now: number): IdVerdict {
  const time = timeOfId(id);
  if (time === undefined) {
    return "NOT_AN_ID";
  }
  if (time > now + dayMillis) {
    return "CLOCK";
  }
  return time < dayOf(now) - inboxDays * dayMillis ? "TOO_OLD" : "OK";
}

function ledgerTables(ledgerDays: number, inboxDays: number): Partitioned[] {
  return [
    { table: "outbox", by: "id", days: ledgerDays, needed: unpublished },
    { table: "receipt", by: "at", days: ledgerDays, needed: stillReceipting },
    { table: "relay_cursor", by: "at", days: ledgerDays, needed: newestCursors },
    { table: "inbox", by: "id", days: inboxDays, past: true },
  ];
}

const unpublished = `
  with span as (select min(position) as low, max(position) as high from $partition),
       acked as (select unnest(r.positions) as position from receipt r, span
                 where r.max_position >= span.low and r.min_position <= span.high)
  select count(*)::int as rows from $partition o
  where not exists (select from acked where acked.position = o.position)
    and not exists (select from outbox_stuck s where s.position = o.position)`;

const stillReceipting = `
  select count(*)::int as rows from $partition r
  where r.max_position >= (
    select min(oldest.position) from generate_series(0, 15) as p (part) cross join lateral (
      select o.position from outbox o where o.part = p.part order by o.position limit 1) as oldest)`;

const newestCursors = `
  select count(*)::int as rows from $partition c
  where not exists (select from relay_cursor newer where newer.part = c.part and newer.at >= $end)`;

async function make(store: Store, tables: readonly Partitioned[]): Promise<void> {
  const today = dayOf(Date.now());
  await maintain(store, async (connection) => {
    // A transaction's lock: replicas that start together make each partition once.
    await connection.query("select pg_advisory_xact_lock(hashtext('pavane.partition'))");
    for (const table of tables) {
      const there = new Set(await partitionsOf(connection, table.table));
      // Yesterday's too: another replica's clock may be behind at midnight.
      for (
        let day = today - (table.past ? table.days : 1) * dayMillis;
        day <= today + 2 * dayMillis;
        day += dayMillis
      ) {
        const name = partitionName(table.table, day);
        if (!there.has(name)) {
          await attach(connection, table, name, day);
        }
      }
    }
  });
}

/** LIKE and ATTACH lock nothing that a reader or writer holds; CREATE ... PARTITION OF would wait for every open reader. */
async function attach(connection: Connection, table: Partitioned, name: string, day: number): Promise<void> {
  const from = bound(table, day);
  const to = bound(table, day + dayMillis);
  await connection.query(
    `create table ${name} (like ${table.table} including all);
     alter table ${name} add constraint ${name}_day check (${table.by} >= ${from} and ${table.by} < ${to});
     alter table ${table.table} attach partition ${name} for values from (${from}) to (${to});
     alter table ${name} drop constraint ${name}_day`,
  );
}

function bound(table: Partitioned, day: number): string {
  return table.by === "id" ? `'${lowestId(day)}'` : `'${new Date(day).toISOString()}'`;
}

async function partitionsOf(connection: Connection, table: string): Promise<string[]> {
  const answer = await connection.query<{ name: string }>(
    `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = $1::regclass order by c.relname`,
    [table],
  );
  return answer.rows.map((row) => row.name);
}

async function dropOld(
  store: Store,
  table: Partitioned,
  onKept: (partition: string, rows: number) => void,
): Promise<void> {
  // One day of grace: what `verdict` still lets in always has its partition.
  const oldest = dayOf(Date.now()) - (table.days + (table.past ? 1 : 0)) * dayMillis;
  const names = await maintain(store, (connection) => partitionsOf(connection, table.table));
  for (const name of names) {
    const day = dayOfPartition(table.table, name);
    if (day === undefined || day >= oldest) {
      continue;
    }
    const rows = await needed(store, table, name, day + dayMillis);
    if (rows > 0) {
      onKept(name, rows);
    } else {
      await drop(store, name);
    }
  }
}

async function needed(store: Store, table: Partitioned, name: string, end: number): Promise<number> {
  const count = table.needed;
  if (count === undefined) {
    return 0;
  }
  return await maintain(store, async (connection) => {
    await connection.query("set local enable_seqscan = on");
    const text = count.replaceAll("$partition", name).replaceAll("$end", `'${new Date(end).toISOString()}'`);
    const answer = await connection.query<{ rows: number }>(text);
    return answer.rows[0]?.rows ?? 0;
  });
}

/** Dropping locks the whole table for a moment; it never queues behind a reader, because all others would queue behind it. */
async function drop(store: Store, name: string): Promise<void> {
  for (let attempt = 0; attempt < 10; attempt++) {
    try {
      await maintain(store, async (connection) => {
        await connection.query("set local lock_timeout = '50ms'");
        await connection.query(`drop table if exists ${name}`);
      });
      return;
    } catch (error) {
      if (codeOf(error) !== "55P03") {
        throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}
