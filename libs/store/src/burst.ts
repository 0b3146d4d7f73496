// A burst: prepared statements that travel together with one Sync behind them all, so that the server answers all at once.
// The extended query protocol: https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY

import pg from "pg";
import { type Parameter, parameterOf } from "./parameter.js";
import { getTypeParser } from "./types.js";

/** A hot statement: constant SQL, prepared under its name, with one array per column instead of a row list. */
export interface Statement {
  /** Unique over the process: one name, one text. */
  readonly name: string;
  readonly text: string;
}

/** What the server answered to one statement. */
export interface Answer {
  readonly rows: readonly unknown[];
  /** The first word of its completion: SELECT, INSERT, COMMIT, ROLLBACK. */
  readonly command: string;
}

interface Field {
  readonly name: string;
  readonly parse: (text: string) => unknown;
}

/** What a connection knows of a statement: the columns of its answer, or that it has to be prepared anew. */
type Known = readonly Field[] | "doubtful";

interface Part {
  readonly statement: Statement;
  readonly values: Parameter[];
  readonly arrays: boolean;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
  fields: readonly Field[];
  rows: unknown[];
  answer: Answer | undefined;
  error: unknown;
}

const knownBy = new WeakMap<pg.Connection, Map<string, Known>>();

/**
 * Statements for one connection, handed to its `query` as a whole. The server runs them in order and stops at the first
 * that fails: that one and all behind it reject with its error.
 */
export class Burst implements pg.Submittable {
  /** Resolves when the server is through with it, whatever came of it. */
  readonly done: Promise<void>;
  readonly #prepared: boolean;
  readonly #parts: Part[] = [];
  #at = 0;
  #known = new Map<string, Known>();
  #finish: () => void = () => undefined;

  /** Without `prepared` every statement is sent whole, and nothing is left on the connection. */
  constructor(prepared: boolean) {
    this.#prepared = prepared;
    this.done = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  /** Adds a statement; throws TypeError when a value cannot be written. */
  add(statement: Statement, values: readonly unknown[], arrays = false): Promise<Answer> {
    const parameters = values.map(parameterOf);
    return new Promise((resolve, reject) => {
      const nothing = { fields: [], rows: [], answer: undefined, error: undefined };
      this.#parts.push({ statement, values: parameters, arrays, resolve, reject, ...nothing });
    });
  }

  /** Rejects all of it, unsent. */
  drop(error: unknown): void {
    this.#settle(error);
  }

  /** Called by pg when it is this burst's turn. */
  submit(connection: pg.Connection): void {
    this.#known = knownBy.get(connection) ?? new Map();
    knownBy.set(connection, this.#known);
    connection.stream.cork();
    const parsed = new Set<string>();
    for (const part of this.#parts) this.#send(connection, part, parsed);
    connection.sync();
    connection.stream.uncork();
  }

  handleRowDescription({ fields }: { readonly fields: readonly { name: string; dataTypeID: number }[] }): void {
    const part = this.#parts[this.#at];
    if (part) part.fields = fields.map(({ name, dataTypeID }) => ({ name, parse: getTypeParser(dataTypeID) }));
  }

  handleDataRow({ fields: texts }: { readonly fields: readonly (string | null)[] }): void {
    const part = this.#parts[this.#at];
    if (part === undefined || part.error !== undefined) return;
    try {
      part.rows.push(part.arrays ? arrayOf(part.fields, texts) : recordOf(part.fields, texts));
    } catch (error) {
      part.error = error;
    }
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    const part = this.#parts[this.#at++];
    if (part === undefined) return;
    part.answer = { rows: part.rows, command: text.split(" ", 1)[0] ?? "" };
    if (this.#prepared) this.#known.set(part.statement.name, part.fields);
  }

  handleReadyForQuery(): void {
    this.#settle(undefined);
  }

  /** The server's error, after which it skips the rest, or the loss of the connection. */
  handleError(error: unknown): void {
    // Whether it got as far as being prepared cannot be told, nor of those behind it.
    for (const { statement } of this.#parts.slice(this.#at)) this.#known.set(statement.name, "doubtful");
    this.#settle(error);
  }

  #send(connection: pg.Connection, part: Part, parsed: Set<string>): void {
    const { name, text } = this.#prepared ? part.statement : { name: "", text: part.statement.text };
    const known = this.#prepared ? this.#known.get(name) : undefined;
    const fields = known === "doubtful" ? undefined : known;
    if (fields === undefined && !parsed.has(name)) {
      if (known === "doubtful") connection.close({ type: "S", name }, true);
      connection.parse({ name, text, types: [] }, true);
      if (this.#prepared) parsed.add(name);
    }
    connection.bind({ statement: name, values: part.values }, true);
    if (fields === undefined) connection.describe({ type: "P" }, true);
    else part.fields = fields;
    connection.execute({}, true);
  }

  #settle(error: unknown): void {
    for (const part of this.#parts) {
      const reason = part.error ?? (part.answer === undefined ? error : undefined);
      if (part.answer === undefined || reason !== undefined) part.reject(reason);
      else part.resolve(part.answer);
    }
    this.#finish();
  }
}

function arrayOf(fields: readonly Field[], texts: readonly (string | null)[]): unknown[] {
  return texts.map((text, index) => (text === null ? null : fields[index]?.parse(text)));
}

function recordOf(fields: readonly Field[], texts: readonly (string | null)[]): Record<string, unknown> {
  const record: Record<string, unknown> = {};
  let index = 0;
  for (const { name, parse } of fields) {
    const text = texts[index++] ?? null;
    record[name] = text === null ? null : parse(text);
  }
  return record;
}
