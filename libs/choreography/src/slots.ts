// What rows an input needs: one, many, or new ones only; and the types a decision sees of them.

import type { Table } from "@pavane/store";

/** A table whose row type no longer matters: what the engine works with. */
export type AnyTable = Table<Record<string, unknown>>;

/** The rows of one table that an input needs, and what a decision sees of them (`State`) and may give back (`Next`). */
export interface Slot<Input, State, Next, After = State> {
  readonly shape: "one" | "many" | "see" | "append";
  readonly table: AnyTable;
  readonly keys: (input: Input) => readonly string[];
  /** Types only; never there at run time. */
  readonly types?: { readonly state: State; readonly next: Next; readonly after: After };
}

/** The slots of an input by the names its decision uses. */
export type Slots<Input> = Readonly<Record<string, Slot<Input, unknown, unknown>>>;

/** What a decision sees: undefined for a row that is not there. */
export type StateOf<S> = {
  readonly [Name in keyof S]: S[Name] extends Slot<never, infer State, unknown, unknown> ? State : never;
};

/** What a decision gives back; a slot left out stays as it is. */
export type NextOf<S> = {
  readonly [Name in keyof S]?: S[Name] extends Slot<never, unknown, infer Next, unknown> ? Next : never;
};

/** What there is after an accepted command: the row of a `one` slot is there. */
export type AfterOf<S> = {
  readonly [Name in keyof S]: S[Name] extends Slot<never, unknown, unknown, infer After> ? After : never;
};

/** One row: undefined while there is none. Decisions create it by giving it back. */
export function one<Row extends object, Input>(
  table: Table<Row>,
  key: (input: Input) => string,
): Slot<Input, Row | undefined, Row, Row> {
  return { shape: "one", table: erased(table), keys: (input) => [key(input)] };
}

/** Rows by their keys; a key without a row is missing from the record. */
export function many<Row extends object, Input>(
  table: Table<Row>,
  keys: (input: Input) => readonly string[],
): Slot<Input, Readonly<Record<string, Row>>, Readonly<Record<string, Row>>> {
  return { shape: "many", table: erased(table), keys };
}

/** Rows by their keys as they are now, not locked: to decide by, never to change. */
export function see<Row extends object, Input>(
  table: Table<Row>,
  keys: (input: Input) => readonly string[],
): Slot<Input, Readonly<Record<string, Row>>, never, Readonly<Record<string, Row>>> {
  return { shape: "see", table: erased(table), keys };
}

/** New rows of an append-only table: a decision sees none and gives back those to add. */
export function append<Row extends object>(table: Table<Row>): Slot<unknown, undefined, readonly Row[]> {
  return { shape: "append", table: erased(table), keys: () => [] };
}

/** A table of whatever rows. */
export type TableLike = Pick<Table<never>, "name" | "load" | "aggregate">;

/** A table as the engine sees it; rows pass through it as opaque records, each only ever to its own table. */
export function erased(table: TableLike): AnyTable {
  return table as AnyTable;
}
