// Keyed rows: a table declared once, with the constant SQL that loads, inserts and updates many of its rows at a time.

import type { Codec } from "@pavane/kernel";
import type { Statement } from "./burst.js";

/** How one property of a row is kept: its Postgres type, and the way there and back. */
export interface Column<Value> {
  readonly type: string;
  /** The element type of the array parameter; cast to `type` in the statement where they differ. */
  readonly parameter: string;
  /** Whether its value is shown in the audit log; bytes are not. */
  readonly audited: boolean;
  readonly write: (value: Value) => unknown;
  readonly read: (raw: unknown) => Value;
}

function plain<Value>(type: string): Column<Value> {
  return { type, parameter: type, audited: true, write: (value) => value, read: (raw) => raw as Value };
}

export const text: Column<string> = plain("text");
export const int4: Column<number> = plain("int4");
/** A bigint in the row; the pool reads int8 as bigint. */
export const int8: Column<bigint> = plain("int8");
export const bool: Column<boolean> = plain("bool");
export const time: Column<Date> = plain("timestamptz");

/** One of a few words, kept as text; the migration's CHECK names the same words. */
export function word<Word extends string>(): Column<Word> {
  return plain("text");
}

/** A JSON value (no bigint, no Date inside), kept as jsonb. */
export function json<Value>(): Column<Value> {
  return {
    type: "jsonb",
    parameter: "text",
    audited: true,
    write: (value) => JSON.stringify(value),
    read: (raw) => raw as Value,
  };
}

/** A protobuf message, kept as its bytes. */
export function message<Value>(codec: Pick<Codec<Value>, "encode" | "decode">): Column<Value> {
  return {
    type: "bytea",
    parameter: "bytea",
    audited: false,
    write: (value) => Buffer.from(codec.encode(value).finish()),
    read: (raw) => codec.decode(raw as Uint8Array),
  };
}

/** A column that may be null; undefined in the row. */
export function optional<Value>(column: Column<Value>): Column<Value | undefined> {
  return {
    type: column.type,
    parameter: column.parameter,
    audited: column.audited,
    write: (value) => (value === undefined ? null : column.write(value)),
    read: (raw) => (raw === null || raw === undefined ? undefined : column.read(raw)),
  };
}

/** What a table is declared with. */
export interface TableOptions<Row extends object> {
  /** The property that is the primary key: one text column. */
  readonly key: keyof Row & string;
  readonly columns: { readonly [Property in keyof Row & string]: Column<Row[Property]> };
  /** The kind of aggregate its rows are: the table then has a `version bigint` column, counted by the engine. */
  readonly aggregate?: string;
  /** The nullable timestamptz property that says when a row is due; index it where it is not null. */
  readonly due?: keyof Row & string;
}

/** A row beside the version of its aggregate (0 where the table is none). */
export interface Versioned<Row> {
  readonly row: Row;
  readonly version: bigint;
}

/** A declared table. Rows are keyed by one text column and handled many at a time. */
export interface Table<Row extends object> {
  readonly name: string;
  readonly key: keyof Row & string;
  readonly aggregate: string | undefined;
  /** `select … where key = any($1) order by key for update`: one array of keys. */
  readonly load: Statement;
  /** `load` without the lock: rows to decide by, not to change. */
  readonly see: Statement;
  /** Fails with unique_violation when another writer was first: the batch is then run again and finds the row. */
  readonly insert: Statement;
  readonly update: Statement;
  /** The keys of rows whose time has come, earliest first: `$1` is the limit. Undefined without a `due` column. */
  readonly due: Statement | undefined;
  keyOf(row: Row): string;
  /** When a row is due; undefined when it is not, or the table has no such column. */
  dueOf(row: Row): Date | undefined;
  /** A record of the database as a row. */
  read(record: Readonly<Record<string, unknown>>): Row;
  /** The array parameters of `insert` and `update`, one array a column. */
  parameters(rows: readonly Versioned<Row>[]): unknown[][];
  /** The properties that differ, as the audit log shows them; the whole row when there was none before. */
  changes(
    before: Row | undefined,
    after: Row,
  ): { before: Record<string, unknown> | null; after: Record<string, unknown> };
}

/** Declares a table of keyed rows; its properties are camelCase, its columns the same in snake_case. */
export function table<Row extends object>(name: string, options: TableOptions<Row>): Table<Row> {
  const properties = Object.keys(options.columns) as (keyof Row & string)[];
  const versioned = options.aggregate !== undefined;
  const keyOf = (row: Row): string => row[options.key] as string;
  const readers = properties.map((property) => ({ property, sql: snake(property), column: options.columns[property] }));
  return {
    name,
    key: options.key,
    aggregate: options.aggregate,
    ...statements(name, options, properties),
    keyOf,
    dueOf: (row) => (options.due === undefined ? undefined : (row[options.due] as Date | undefined)),
    read: (record) => {
      const row: Partial<Row> = {};
      for (const { property, sql, column } of readers) row[property] = column.read(record[sql]);
      return row as Row;
    },
    parameters: (rows) => {
      const arrays: unknown[][] = properties.map((property) => {
        const { write } = options.columns[property];
        return rows.map(({ row }) => write(row[property]));
      });
      if (versioned) arrays.push(rows.map(({ version }) => version));
      return arrays;
    },
    changes: (before, after) => differences(options, properties, before, after),
  };
}

function statements<Row extends object>(
  name: string,
  options: TableOptions<Row>,
  properties: readonly (keyof Row & string)[],
): Pick<Table<Row>, "load" | "see" | "insert" | "update" | "due"> {
  const columns = properties.map((property) => ({ sql: snake(property), ...options.columns[property] }));
  const all = options.aggregate === undefined ? columns : [...columns, { sql: "version", ...int8 }];
  const key = snake(options.key);
  const names = all.map(({ sql }) => sql).join(", ");
  const arrays = all.map(({ parameter }, index) => `$${index + 1}::${parameter}[]`).join(", ");
  const cast = ({ sql, type, parameter }: (typeof all)[number]): string =>
    type === parameter ? `u.${sql}` : `u.${sql}::${type}`;
  const sets = all.filter(({ sql }) => sql !== key).map((column) => `${column.sql} = ${cast(column)}`);
  const due = options.due === undefined ? undefined : snake(options.due);
  return {
    load: {
      name: `${name}.load`,
      text: `select ${names} from ${name} where ${key} = any($1::text[]) order by ${key} for update`,
    },
    see: { name: `${name}.see`, text: `select ${names} from ${name} where ${key} = any($1::text[])` },
    insert: {
      name: `${name}.insert`,
      text: `insert into ${name} (${names}) select ${all.map(cast).join(", ")} from unnest(${arrays}) as u(${names})`,
    },
    update: {
      name: `${name}.update`,
      text: `update ${name} as t set ${sets.join(", ")} from unnest(${arrays}) as u(${names}) where t.${key} = u.${key}`,
    },
    due:
      due === undefined
        ? undefined
        : {
            name: `${name}.due`,
            text: `select ${key} as key from ${name} where ${due} <= now() order by ${due} limit $1`,
          },
  };
}

function differences<Row extends object>(
  options: TableOptions<Row>,
  properties: readonly (keyof Row & string)[],
  before: Row | undefined,
  after: Row,
): { before: Record<string, unknown> | null; after: Record<string, unknown> } {
  const old: Record<string, unknown> = {};
  const now: Record<string, unknown> = {};
  for (const property of properties) {
    if (!options.columns[property].audited || (before !== undefined && before[property] === after[property])) continue;
    if (before !== undefined) old[property] = before[property];
    now[property] = after[property];
  }
  return { before: before === undefined ? null : old, after: now };
}

function snake(property: string): string {
  return property.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
