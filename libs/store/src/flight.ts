// Transactions of two round trips: statements are sent without waiting, so that a flight of them costs one.
import pg from "pg";
import { OutcomeUnknown, isConnectionTrouble } from "./errors.js";
import { type Connection, type Store, borrow, giveBack } from "./pool.js";

/** A hot statement: constant SQL, prepared under its name, with one array per column instead of a row list. */
export interface Statement {
  /** Unique over the process: one name, one text. */
  readonly name: string;
  readonly text: string;
}

/** A transaction under way. BEGIN travels in front of the first statement. */
export interface Transaction {
  /**
   * Sends a statement and does not wait: several sent in a row travel as one flight and run in that order. The promise
   * may be left alone: whatever fails also fails `transact`.
   */
  send<Row extends object = Record<string, unknown>>(statement: Statement, values?: readonly unknown[]): Promise<Row[]>;
  /** As `send`, each row as an array of its columns. */
  sendArrays<Row extends readonly unknown[]>(statement: Statement, values?: readonly unknown[]): Promise<Row[]>;
  /**
   * Sends COMMIT behind what was sent, without waiting. It rejects when the answer is ROLLBACK. Nothing may be sent, and
   * nothing may go wrong in the callback, after it.
   */
  commit(): Promise<void>;
}

/**
 * Runs `work` in one READ COMMITTED transaction and commits it, unless `work` did. Rejects with the first error of the
 * flight, rolled back; with OutcomeUnknown when the connection broke while committing. Never retries.
 */
export async function transact<Result>(store: Store, work: (tx: Transaction) => Promise<Result>): Promise<Result> {
  const connection = await borrow(store);
  const flight = new Flight(connection, store.preparedStatements, store.transactionTimeoutMillis);
  try {
    const result = await work(flight);
    await flight.commit();
    return result;
  } catch (error) {
    await flight.abandon();
    throw flight.firstError ?? error;
  } finally {
    flight.end();
    await giveBack(store, connection, flight.broken);
  }
}

/** Runs one hot statement outside any transaction. */
export async function run<Row extends object = Record<string, unknown>>(
  store: Store,
  statement: Statement,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const connection = await borrow(store);
  let broken: Error | undefined;
  const timer = setTimeout(() => {
    broken = timeout(store.transactionTimeoutMillis);
    connection.connection.stream.destroy(broken);
  }, store.transactionTimeoutMillis);
  try {
    const result = await connection.query<Row & pg.QueryResultRow>(
      queryOf(statement, values, store.preparedStatements),
    );
    return result.rows;
  } catch (error) {
    broken ??= error instanceof pg.DatabaseError ? undefined : (error as Error);
    throw error;
  } finally {
    clearTimeout(timer);
    await giveBack(store, connection, broken);
  }
}

const settings = "set local enable_seqscan = off; set local idle_in_transaction_session_timeout = 60000";

class Flight implements Transaction {
  firstError: Error | undefined;
  broken: Error | undefined;
  #begun = false;
  #corked = false;
  #closed = false;
  #committing: Promise<void> | undefined;
  #committed = false;
  readonly #underway = new Set<Promise<unknown>>();
  readonly #timer: NodeJS.Timeout;

  readonly #connection: Connection;
  readonly #prepared: boolean;

  constructor(connection: Connection, prepared: boolean, millis: number) {
    this.#connection = connection;
    this.#prepared = prepared;
    this.#timer = setTimeout(() => this.#breakOff(timeout(millis)), millis);
  }

  send<Row extends object>(statement: Statement, values: readonly unknown[] = []): Promise<Row[]> {
    return this.#track(
      this.#start()
        .query<Row & pg.QueryResultRow>(queryOf(statement, values, this.#prepared))
        .then((result) => result.rows),
    );
  }

  sendArrays<Row extends readonly unknown[]>(statement: Statement, values: readonly unknown[] = []): Promise<Row[]> {
    const query = { ...queryOf(statement, values, this.#prepared), rowMode: "array" as const };
    // pg wants a mutable row type where ours is read-only.
    return this.#track(
      this.#start()
        .query<unknown[]>(query)
        .then((result) => result.rows as readonly unknown[] as Row[]),
    );
  }

  commit(): Promise<void> {
    this.#committing ??= this.#begun ? this.#track(this.#sendCommit()) : Promise.resolve();
    return this.#committing;
  }

  /** Rolls back what is open, after all that was sent has been answered. */
  async abandon(): Promise<void> {
    await Promise.allSettled(this.#underway);
    if (this.firstError && !(this.firstError instanceof pg.DatabaseError)) {
      // Not the server's answer: the connection is gone, or pg closed a prepared statement that it still believes in.
      this.#breakOff(this.firstError);
    }
    if (!this.#begun || this.#committed || this.broken) {
      return;
    }
    // After a COMMIT that answered ROLLBACK this only draws a warning; after a lost connection it fails, and says so.
    await this.#connection.query("rollback").catch((error: Error) => this.#breakOff(error));
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  async #sendCommit(): Promise<void> {
    this.#closed = true;
    // A value that pg cannot write fails its statement on this side only, and the server would commit without it: let
    // such failures arrive before COMMIT leaves.
    await nextTick();
    await nextTick();
    if (this.firstError) {
      throw this.firstError;
    }
    const answer = await this.#connection.query("commit").catch((error: Error) => this.#failedCommit(error));
    this.#committed = answer.command === "COMMIT";
    if (this.firstError || !this.#committed) {
      throw this.firstError ?? new Error(`COMMIT answered ${answer.command}`);
    }
  }

  #failedCommit(error: Error): never {
    // Lost on the way: an error that the server gave to an earlier statement still says that nothing was committed.
    if (isConnectionTrouble(error) && (this.firstError === undefined || isConnectionTrouble(this.firstError))) {
      this.firstError = new OutcomeUnknown(error);
    }
    throw this.firstError ?? error;
  }

  #start(): Connection {
    if (this.#closed) {
      throw new Error("a statement was sent after COMMIT");
    }
    this.#cork();
    if (!this.#begun) {
      this.#begun = true;
      void this.#track(this.#connection.query(this.#prepared ? "begin" : `begin; ${settings}`));
    }
    return this.#connection;
  }

  /** Everything sent in one turn of the event loop leaves in one write. */
  #cork(): void {
    if (!this.#corked) {
      this.#corked = true;
      const stream = this.#connection.connection.stream;
      stream.cork();
      setImmediate(() => {
        this.#corked = false;
        stream.uncork();
      });
    }
  }

  #track<Answer>(answer: Promise<Answer>): Promise<Answer> {
    this.#underway.add(answer);
    answer.then(
      () => this.#underway.delete(answer),
      (error: Error) => {
        this.#underway.delete(answer);
        this.firstError ??= error;
      },
    );
    return answer;
  }

  #breakOff(error: Error): void {
    this.broken ??= error;
    this.#connection.connection.stream.destroy(error);
  }
}

function queryOf(statement: Statement, values: readonly unknown[], prepared: boolean): pg.QueryConfig {
  return prepared
    ? { name: statement.name, text: statement.text, values: [...values] }
    : { text: statement.text, values: [...values] };
}

function nextTick(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}

function timeout(millis: number): Error {
  return Object.assign(new Error(`the database did not answer within ${millis} ms`), { code: "ETIMEDOUT" });
}
