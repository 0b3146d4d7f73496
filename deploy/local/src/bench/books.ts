// What the databases say of a run: orders by the database's clock, and rows and transactions over all of them.
import { Client } from "pg";
import type { StackState } from "../state.js";

/** Milliseconds. */
export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** The orders of a run, seen from a window of time. */
export interface Orders {
  /** In the whole run. */
  readonly all: number;
  readonly completed: number;
  /** In the window. */
  readonly placedWithin: number;
  readonly completedWithin: number;
  /** From the transaction that placed an order to the one that completed it, of those placed in the window. */
  readonly completion: Percentiles | undefined;
}

/** How many rows each table of each service has, and how many transactions its database has committed. */
export interface Volume {
  readonly transactions: number;
  /** By service, then table. */
  readonly rows: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

const ordersOf = `
  with mine as (select status, create_time, complete_time from orders where starts_with(order_id, $1)),
       late as (select extract(epoch from complete_time - create_time)::float8 * 1000 as millis
                from mine where create_time between $2 and $3 and complete_time is not null)
  select count(*)::int as all,
         count(complete_time)::int as completed,
         count(*) filter (where create_time between $2 and $3)::int as "placedWithin",
         count(*) filter (where complete_time between $2 and $3)::int as "completedWithin",
         (select percentile_disc(array[0.5, 0.95, 0.99]) within group (order by millis) from late) as percentiles
  from mine`;

const undecided = "select count(*)::int as count from orders where status = 'PLACED' and starts_with(order_id, $1)";

const tables = `
  select relname as name from pg_class
  where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition`;

/** The books of a running system, open until closed. */
export interface Books {
  /** The database's clock. */
  now(): Promise<Date>;
  /** Orders, of those whose ids begin so, that are neither completed nor cancelled. */
  undecided(prefix: string): Promise<number>;
  orders(prefix: string, from: Date, to: Date): Promise<Orders>;
  volume(): Promise<Volume>;
  close(): Promise<void>;
}

/** Connects to every service's database. */
export async function openBooks({ services }: StackState): Promise<Books> {
  const clients = new Map<string, Client>();
  const close = async (): Promise<void> => {
    await Promise.all([...clients.values()].map((client) => client.end()));
  };
  try {
    for (const [service, { databaseUrl }] of Object.entries(services)) {
      const client = new Client({ connectionString: databaseUrl, application_name: "pavane-bench" });
      clients.set(service, client);
      await client.connect();
    }
  } catch (error) {
    await close().catch(() => undefined);
    throw error;
  }
  return booksOn(clients, close);
}

function booksOn(clients: ReadonlyMap<string, Client>, close: () => Promise<void>): Books {
  const ask = async <Row extends object>(service: string, text: string, values: unknown[] = []): Promise<Row> => {
    const result = await clients.get(service)?.query(text, values);
    if (result === undefined) throw new Error(`the running system has no ${service}`);
    return result.rows[0] as Row;
  };
  return {
    close,
    now: async () => (await ask<{ now: Date }>("order", "select clock_timestamp() as now")).now,
    undecided: async (prefix) => (await ask<{ count: number }>("order", undecided, [prefix])).count,
    orders: async (prefix, from, to) => {
      type Row = Omit<Orders, "completion"> & { percentiles: number[] | null };
      const { percentiles, ...counts } = await ask<Row>("order", ordersOf, [prefix, from, to]);
      const [p50 = 0, p95 = 0, p99 = 0] = percentiles ?? [];
      return { ...counts, completion: percentiles === null ? undefined : { p50, p95, p99 } };
    },
    volume: async () => {
      const each = await Promise.all(
        [...clients].map(async ([name, client]) => ({ name, ...(await volumeOf(client)) })),
      );
      return {
        transactions: each.reduce((sum, { transactions }) => sum + transactions, 0),
        rows: new Map(each.map(({ name, rows }) => [name, rows])),
      };
    },
  };
}

async function volumeOf(client: Client): Promise<{ transactions: number; rows: Map<string, number> }> {
  const text = "select xact_commit::int as commits from pg_stat_database where datname = current_database()";
  const committed = await client.query<{ commits: number }>(text);
  const rows = new Map<string, number>();
  for (const { name } of (await client.query<{ name: string }>(tables)).rows) {
    const counted = await client.query<{ count: number }>(
      `select count(*)::int as count from ${client.escapeIdentifier(name)}`,
    );
    rows.set(name, counted.rows[0]?.count ?? 0);
  }
  return { transactions: committed.rows[0]?.commits ?? 0, rows };
}

/** What was added between two volumes; tables that did not grow are left out. */
export function growth(before: Volume, after: Volume): Volume {
  const rows = new Map<string, ReadonlyMap<string, number>>();
  for (const [service, now] of after.rows) {
    const grown = [...now].map(([name, count]) => [name, count - (before.rows.get(service)?.get(name) ?? 0)] as const);
    rows.set(service, new Map(grown.filter(([, count]) => count > 0)));
  }
  return { transactions: after.transactions - before.transactions, rows };
}

/** By nearest rank; undefined when there are none. */
export function percentiles(values: readonly number[]): Percentiles | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}
