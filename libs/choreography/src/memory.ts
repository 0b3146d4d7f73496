// The rows of one batch, in memory: loaded once, changed by one decision after another, written once.

import type { Versioned } from "@pavane/store";
import type { AnyTable, Slots } from "./slots.js";

type Row = Record<string, unknown>;

/** One row, or the place where one will be. */
interface Cell {
  readonly table: AnyTable;
  readonly key: string;
  row: Row | undefined;
  version: bigint;
  /** Whether the database has it. */
  stored: boolean;
  /** Whether a decision may change it. */
  locked: boolean;
  changed: boolean;
}

/** A change a decision made to one row, for the audit log. */
export interface Change {
  readonly table: AnyTable;
  readonly key: string;
  readonly before: Row | undefined;
  readonly after: Row;
}

/** The rows of one batch. */
export class Memory {
  readonly #cells = new Map<AnyTable, Map<string, Cell>>();

  constructor(readonly tables: readonly AnyTable[]) {
    for (const table of tables) this.#cells.set(table, new Map());
  }

  /** Notes which rows an input needs. Throws what the slots' key functions throw. */
  want(slots: Slots<never>, input: unknown): void {
    for (const { shape, table, keys } of Object.values(slots)) {
      for (const key of (keys as (input: unknown) => readonly string[])(input)) {
        const cell = this.#cell(table, key);
        cell.locked ||= shape !== "see";
      }
    }
  }

  /** The keys wanted of a table, in the order in which they are locked. */
  keys(table: AnyTable): string[] {
    return [...this.#of(table).values()].flatMap(({ key, locked }) => (locked ? [key] : [])).sort();
  }

  /** The keys that are only looked at. */
  seen(table: AnyTable): string[] {
    return [...this.#of(table).values()].flatMap(({ key, locked }) => (locked ? [] : [key]));
  }

  /** Takes in what the database has of a table. */
  loaded(table: AnyTable, records: readonly Readonly<Record<string, unknown>>[]): void {
    for (const record of records) {
      const row = table.read(record);
      const cell = this.#cell(table, table.keyOf(row));
      cell.row = row;
      cell.stored = true;
      cell.version = table.aggregate === undefined ? 0n : (record["version"] as bigint);
    }
  }

  /** Takes in one row as it is: for an interpreter that has no database. */
  placed(table: AnyTable, row: Row, version: bigint): void {
    const cell = this.#cell(table, table.keyOf(row));
    cell.row = row;
    cell.stored = true;
    cell.version = version;
  }

  /** What a decision sees. */
  state(slots: Slots<never>, input: unknown): Record<string, unknown> {
    const state: Record<string, unknown> = {};
    for (const [name, { shape, table, keys }] of Object.entries(slots)) {
      if (shape === "append") continue;
      const cells = (keys as (input: unknown) => readonly string[])(input).map((key) => this.#cell(table, key));
      if (shape === "one") state[name] = cells[0]?.row;
      else
        state[name] = Object.fromEntries(
          cells.filter(({ row }) => row !== undefined).map(({ key, row }) => [key, row]),
        );
    }
    return state;
  }

  /** The changes a decision's `next` asks for. Throws when it gives back a row that it did not ask for. */
  changes(slots: Slots<never>, input: unknown, next: Readonly<Record<string, unknown>>): Change[] {
    return Object.entries(next).flatMap(([name, value]) => {
      const slot = slots[name];
      if (slot === undefined || slot.shape === "see") {
        throw new TypeError(`a decision gave back ${name}, which is none of the slots it may change`);
      }
      if (value === undefined) return [];
      const rows = (
        slot.shape === "one" ? [value] : slot.shape === "many" ? Object.values(value as object) : value
      ) as Row[];
      const asked = slot.shape === "append" ? undefined : (slot.keys as (input: unknown) => readonly string[])(input);
      return rows.map((after) => {
        const key = slot.table.keyOf(after);
        if (asked !== undefined && !asked.includes(key)) {
          throw new TypeError(`a decision gave back ${slot.table.name} ${key}, which it did not ask for`);
        }
        return { table: slot.table, key, before: this.#cell(slot.table, key).row, after };
      });
    });
  }

  /** The version an aggregate has now; undefined when its row was not asked for. */
  version(aggregate: string, key: string): bigint | undefined {
    const table = this.tables.find((candidate) => candidate.aggregate === aggregate);
    return table === undefined ? undefined : this.#of(table).get(key)?.version;
  }

  /** Makes the changes of an accepted decision. Nothing here throws: a decision is taken whole or not at all. */
  apply(changes: readonly Change[]): void {
    for (const { table, key, after } of changes) {
      const cell = this.#cell(table, key);
      cell.row = after;
      cell.changed = true;
    }
  }

  /** Raises the version of an aggregate whose row is there. */
  raise(aggregate: string, key: string, version: bigint): void {
    const table = this.tables.find((candidate) => candidate.aggregate === aggregate);
    if (table === undefined) return;
    const cell = this.#cell(table, key);
    cell.version = version;
    cell.changed = true;
  }

  /** Whether an aggregate has a row, or would have one after these changes. */
  exists(aggregate: string, key: string, changes: readonly Change[]): boolean {
    const table = this.tables.find((candidate) => candidate.aggregate === aggregate);
    if (table === undefined) return false;
    return this.#of(table).get(key)?.row !== undefined || changes.some((c) => c.table === table && c.key === key);
  }

  /** The rows to write, sorted by key: those the database has not, and those it has. */
  written(table: AnyTable): { inserts: Versioned<Row>[]; updates: Versioned<Row>[] } {
    const inserts: Versioned<Row>[] = [];
    const updates: Versioned<Row>[] = [];
    const changed = [...this.#of(table).values()].filter((cell) => cell.changed);
    for (const { row, version, stored } of changed.sort((a, b) => (a.key < b.key ? -1 : 1))) {
      if (row !== undefined) (stored ? updates : inserts).push({ row, version });
    }
    return { inserts, updates };
  }

  #of(table: AnyTable): Map<string, Cell> {
    const cells = this.#cells.get(table);
    if (cells === undefined) throw new TypeError(`table ${table.name} is not listed in the service's tables`);
    return cells;
  }

  #cell(table: AnyTable, key: string): Cell {
    const cells = this.#of(table);
    let cell = cells.get(key);
    if (cell === undefined) {
      cell = { table, key, row: undefined, version: 0n, stored: false, locked: false, changed: false };
      cells.set(key, cell);
    }
    return cell;
  }
}
