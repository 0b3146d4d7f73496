// Transactions of two round trips: statements are sent without waiting, so that a flight of them costs one.
import pg from "pg";
import { type Answer, Burst, type Statement } from "./burst.js";
import { OutcomeUnknown, isConnectionTrouble } from "./errors.js";
import { type Connection, type Store, borrow, giveBack } from "./pool.js";

/** A transaction under way. BEGIN travels in front of the first statement. */
export interface Transaction {
  /**
   * Sends a statement and does not wait: all that are sent in one turn of the event loop travel as one flight, run in
   * that order and are answered together. The promise may be left alone: whatever fails also fails `transact`. Throws
   * TypeError when a value cannot be written.
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
    await flight.abandon(error);
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
  const burst = new Burst(store.preparedStatements);
  const answer = burst.add(statement, values);
  const connection = await borrow(store);
  let broken: Error | undefined;
  const timer = setTimeout(() => {
    broken = timeout(store.transactionTimeoutMillis);
    connection.connection.stream.destroy(broken);
  }, store.transactionTimeoutMillis);
  try {
    connection.query(burst);
    return rowsOf<Row>(await answer);
  } catch (error) {
    broken ??= error instanceof pg.DatabaseError ? undefined : (error as Error);
    throw error;
  } finally {
    clearTimeout(timer);
    await giveBack(store, connection, broken);
  }
}

const begin: readonly Statement[] = [{ name: "begin", text: "begin" }];
/** Behind a pooler the settings of the session are not ours: each transaction makes its own. */
const beginUnprepared: readonly Statement[] = [
  ...begin,
  { name: "", text: "set local enable_seqscan = off" },
  { name: "", text: "set local idle_in_transaction_session_timeout = 60000" },
];
const commit: Statement = { name: "commit", text: "commit" };

class Flight implements Transaction {
  firstError: Error | undefined;
  broken: Error | undefined;
  #begun = false;
  #launched = false;
  #closed = false;
  #abandoned = false;
  #committing: Promise<void> | undefined;
  #committed = false;
  /** What is sent in this turn, and what the server has now. */
  #filling: Burst | undefined;
  #flying: Burst | undefined;
  readonly #timer: NodeJS.Timeout;

  readonly #connection: Connection;
  readonly #prepared: boolean;

  constructor(connection: Connection, prepared: boolean, millis: number) {
    this.#connection = connection;
    this.#prepared = prepared;
    this.#timer = setTimeout(() => this.#breakOff(timeout(millis)), millis);
  }

  send<Row extends object>(statement: Statement, values: readonly unknown[] = []): Promise<Row[]> {
    return this.#watch(this.#add(statement, values, false).then(rowsOf<Row>));
  }

  sendArrays<Row extends readonly unknown[]>(statement: Statement, values: readonly unknown[] = []): Promise<Row[]> {
    return this.#watch(this.#add(statement, values, true).then(rowsOf<Row>));
  }

  commit(): Promise<void> {
    this.#committing ??= this.#begun ? this.#watch(this.#sendCommit()) : Promise.resolve();
    return this.#committing;
  }

  /** Rolls back what is open, after all that was sent has been answered. */
  async abandon(reason: unknown): Promise<void> {
    this.#closed = true;
    this.#abandoned = true;
    await this.#flying?.done;
    if (this.firstError && !(this.firstError instanceof pg.DatabaseError)) {
      // Not the server's answer: the connection is gone, or said what cannot be read.
      this.#breakOff(this.firstError);
    }
    this.#filling?.drop(reason);
    this.#filling = undefined;
    if (!this.#launched || this.#committed || this.broken) {
      return;
    }
    // After a COMMIT that answered ROLLBACK this only draws a warning; after a lost connection it fails, and says so.
    await this.#connection.query("rollback").catch((error: Error) => this.#breakOff(error));
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  async #sendCommit(): Promise<void> {
    if (this.firstError) {
      throw this.firstError;
    }
    const sent = this.#add(commit, [], false);
    this.#closed = true;
    const { command } = await sent.catch((error: Error) => this.#failedCommit(error));
    this.#committed = command === "COMMIT";
    if (this.firstError || !this.#committed) {
      throw this.firstError ?? new Error(`COMMIT answered ${command}`);
    }
  }

  #failedCommit(error: Error): never {
    // Lost on the way: an error that the server gave to an earlier statement still says that nothing was committed.
    if (isConnectionTrouble(error) && (this.firstError === undefined || isConnectionTrouble(this.firstError))) {
      this.firstError = new OutcomeUnknown(error);
    }
    throw this.firstError ?? error;
  }

  #add(statement: Statement, values: readonly unknown[], arrays: boolean): Promise<Answer> {
    if (this.#closed) {
      throw new Error("a statement was sent after the transaction had ended");
    }
    const burst = (this.#filling ??= this.#open());
    if (!this.#begun) {
      this.#begun = true;
      for (const first of this.#prepared ? begin : beginUnprepared) void this.#watch(burst.add(first, []));
    }
    return burst.add(statement, values, arrays);
  }

  #open(): Burst {
    setImmediate(() => this.#launch());
    return new Burst(this.#prepared);
  }

  /** One at a time: what is sent meanwhile is the next. */
  #launch(): void {
    const burst = this.#filling;
    if (burst === undefined || this.#flying !== undefined || this.#abandoned) {
      return;
    }
    this.#filling = undefined;
    this.#flying = burst;
    this.#launched = true;
    void burst.done.then(() => {
      this.#flying = undefined;
      this.#launch();
    });
    this.#connection.query(burst);
  }

  /** Nobody has to wait for a promise that is watched. */
  #watch<Result>(answer: Promise<Result>): Promise<Result> {
    answer.catch((error: Error) => {
      this.firstError ??= error;
    });
    return answer;
  }

  #breakOff(error: Error): void {
    this.broken ??= error;
    this.#connection.connection.stream.destroy(error);
  }
}

function rowsOf<Row>({ rows }: Answer): Row[] {
  return rows as Row[];
}

function timeout(millis: number): Error {
  return Object.assign(new Error(`the database did not answer within ${millis} ms`), { code: "ETIMEDOUT" });
}
