// The store: one pool of connections to one database.
import openKnex, { type Knex } from "knex";
import type pg from "pg";
import { getTypeParser } from "./types.js";

export interface StoreOptions {
  readonly url: string;
  /** Connections at most; 10 by default. */
  readonly poolSize?: number;
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
  /** False behind a pooler in transaction mode, where a named statement is not there the next time. True by default. */
  readonly preparedStatements?: boolean;
  /** How long a transaction may take before its connection is given up; 60,000 by default. */
  readonly transactionTimeoutMillis?: number;
}

/** A database and its pool. `knex` is for migrations and ordinary queries; hot ones go through `transact` and `run`. */
export interface Store {
  readonly knex: Knex;
  readonly preparedStatements: boolean;
  readonly transactionTimeoutMillis: number;
  /** Waits for borrowed connections to come back, then closes all. */
  close(): Promise<void>;
}

/** A raw connection borrowed from a store's pool. */
export type Connection = pg.Client;

/** Opens the pool; connects only when first used. */
export function openStore(options: StoreOptions): Store {
  const preparedStatements = options.preparedStatements ?? true;
  const knex = openKnex({
    client: "pg",
    connection: connectionOf(options, preparedStatements),
    // A connection that cannot be made fails its borrower at once, with the reason, instead of after a timeout without one.
    pool: { min: 0, max: options.poolSize ?? 10, createTimeoutMillis: 10_000, propagateCreateError: true },
    acquireConnectionTimeout: 10_000,
    log: { warn: quiet, error: quiet, deprecate: quiet, debug: quiet },
  });
  return {
    knex,
    preparedStatements,
    transactionTimeoutMillis: options.transactionTimeoutMillis ?? 60_000,
    close: () => knex.destroy(),
  };
}

/** Borrows a connection. Give it back with `giveBack`, whatever happens. */
export async function borrow(store: Store): Promise<Connection> {
  return await poolOf(store).acquireConnection();
}

/** Returns a connection to the pool; a broken one is thrown away instead. */
export async function giveBack(store: Store, connection: Connection, broken?: Error): Promise<void> {
  if (broken) {
    Object.assign(connection, { __knex__disposed: broken });
    connection.connection.stream.destroy();
  }
  await poolOf(store).releaseConnection(connection);
}

/** One ordinary transaction on a raw connection, for maintenance: each statement is awaited. */
export async function maintain<Result>(
  store: Store,
  work: (connection: Connection) => Promise<Result>,
): Promise<Result> {
  const connection = await borrow(store);
  try {
    await connection.query("begin");
    const result = await work(connection);
    const answer = await connection.query("commit");
    if (answer.command !== "COMMIT") {
      throw new Error(`COMMIT answered ${answer.command}`);
    }
    return result;
  } catch (error) {
    await connection.query("rollback").catch(() => undefined);
    throw error;
  } finally {
    await giveBack(store, connection);
  }
}

interface RawPool {
  acquireConnection(): Promise<Connection>;
  releaseConnection(connection: Connection): Promise<void>;
}

function poolOf(store: Store): RawPool {
  // knex types its client as any; these two methods are its public dialect interface.
  return store.knex.client;
}

function connectionOf(options: StoreOptions, direct: boolean) {
  return {
    connectionString: options.url,
    application_name: options.applicationName,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    connectionTimeoutMillis: 10_000,
    types: { getTypeParser },
    // A generic plan made on fresh, small tables otherwise stays a sequential scan as they grow. A pooler refuses startup
    // options, so behind one each transaction sets this itself.
    ...(direct ? { options: "-c enable_seqscan=off -c idle_in_transaction_session_timeout=60000" } : {}),
  };
}

function quiet(): void {
  // Every failure reaches the caller as a rejected promise; knex's own lines beside it say nothing more.
}
