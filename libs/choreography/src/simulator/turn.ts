// One input of a service on the rows it needs: the decision, taken by the same fold as in production, and what it changes.

import { Refused } from "@pavane/kernel";
import { fold } from "../fold.js";
import type { AnyRule } from "../inputs.js";
import { Memory } from "../memory.js";
import type { ServiceDefinition } from "../service.js";
import type { AnyTable } from "../slots.js";
import { setBack } from "./canonical.js";
import { Register, type Registry } from "./registry.js";

/** The clock stands still here; only a due row moves it, and what it writes is set back. */
export const start = Date.UTC(2020, 0, 1);

/** A place for one row of a service. */
export interface Cell {
  readonly table: AnyTable;
  readonly key: string;
}

/** An input that is ready to be taken, in whatever state. */
export interface Intake {
  readonly rule: AnyRule;
  readonly data: unknown;
  readonly id: string;
  readonly version: bigint;
  /** The cells whose rows its decision sees. */
  readonly cells: readonly number[];
  /** What it came to, by the rows it saw: a decision is pure, so each is taken once. */
  readonly turns: Map<string, Turn>;
}

/** What an input comes to on certain rows. */
export interface Turn {
  /** Cells and the numbers of their new rows; only those that differ. */
  readonly writes: readonly (readonly [cell: number, row: number])[];
  /** Cells that must have been empty. */
  readonly inserts: readonly number[];
  readonly facts: readonly number[];
  readonly effects: readonly number[];
  /** The caller was refused, with this code. */
  readonly refused: string | undefined;
  /** The decision threw, or broke a rule of the programming model. */
  readonly failure: string | undefined;
}

/** Whether an input changed nothing and said nothing. */
export function idle({ writes, facts, effects }: Turn): boolean {
  return writes.length === 0 && facts.length === 0 && effects.length === 0;
}

/** A service's inputs and the rows they touch. */
export class Ground {
  readonly cells = new Register<Cell>();

  constructor(
    readonly definition: ServiceDefinition,
    readonly site: number,
    readonly registry: Registry,
  ) {}

  cell(table: AnyTable, key: string): number {
    return this.cells.number(`${table.name}/${key}`, () => ({ table, key }));
  }

  /** An input made ready. Throws what its slots' keys throw. */
  intake(rule: AnyRule, data: unknown, id: string, version: bigint): Intake {
    const cells = Object.values(rule.slots).flatMap(({ table, keys }) =>
      (keys as (input: unknown) => readonly string[])(data).map((key) => this.cell(table, key)),
    );
    return { rule, data, id, version, cells: [...new Set(cells)], turns: new Map() };
  }

  /** What an input comes to on these rows (numbers by cell), at `now`. */
  take(intake: Intake, rows: readonly number[], now = start): Turn {
    let key = `${now}`;
    for (const cell of intake.cells) key += `,${rows[cell] ?? 0}`;
    let turn = intake.turns.get(key);
    if (turn === undefined) {
      turn = this.#decide(intake, rows, now);
      intake.turns.set(key, turn);
    }
    return turn;
  }

  #decide({ rule, data, id, version, cells }: Intake, rows: readonly number[], now: number): Turn {
    const none = { writes: [], inserts: [], facts: [], effects: [], refused: undefined, failure: undefined };
    const memory = new Memory(this.definition.tables);
    for (const cell of cells) {
      const number = rows[cell] ?? 0;
      const { row, version: has } = this.registry.rows.get(number);
      if (number > 0) memory.placed(this.cells.get(cell).table, row, has);
    }
    try {
      memory.want(rule.slots, data);
      const context = { now: new Date(now), id, version };
      const folded = fold(this.definition, memory, { rule, data, context }, () => undefined);
      const seen = (value: unknown): unknown => setBack(value, now, start);
      const written = this.#written(memory, rows, seen);
      return {
        ...none,
        ...written,
        facts: folded.announced.map((announced) => this.registry.fact(announced, seen)),
        effects: folded.effects.map((effect) => this.registry.effect(this.site, effect)),
      };
    } catch (error) {
      if (error instanceof Refused && rule.kind === "command") return { ...none, refused: error.code };
      return { ...none, failure: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
    }
  }

  #written(memory: Memory, rows: readonly number[], seen: (value: unknown) => unknown) {
    const writes: [number, number][] = [];
    const fresh: number[] = [];
    for (const table of this.definition.tables) {
      const { inserts, updates } = memory.written(table);
      for (const { row, version } of [...inserts, ...updates]) {
        const cell = this.cell(table, table.keyOf(row));
        const number = this.registry.row(seen(row) as Record<string, unknown>, version);
        if (number !== (rows[cell] ?? 0)) writes.push([cell, number]);
      }
      fresh.push(...inserts.map(({ row }) => this.cell(table, table.keyOf(row))));
    }
    return { writes, inserts: fresh };
  }
}
