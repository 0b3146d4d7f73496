// What rules see of a state: one service's rows, facts and effects, or the outside's deeds.

import { abandoned, done } from "./local.js";
import type { Registry } from "./registry.js";
import type { Database, Said, Wish } from "./scenario.js";
import type { Content } from "./states.js";
import type { Ground } from "./turn.js";

/** A state of a service as rules read it. */
export function databaseOf(
  ground: Ground,
  registry: Registry,
  { rows, effects, heard }: Pick<Content, "rows" | "effects" | "heard">,
  said: readonly number[],
): Database {
  const told = (numbers: readonly number[], type: string | undefined): readonly Said[] =>
    numbers
      .map((fact) => registry.facts.get(fact))
      .filter((fact) => type === undefined || fact.type.name === type)
      .map(({ type: { name, aggregate }, subject, version, data }) => ({
        type: name,
        aggregate,
        subject,
        version,
        data,
      }));
  return {
    rows<Row extends object>(table: string): readonly Row[] {
      if (!ground.definition.tables.some(({ name }) => name === table)) {
        throw new TypeError(`${ground.definition.name} has no table ${table}`);
      }
      const found = rows.flatMap((row, cell) =>
        row > 0 && ground.cells.get(cell).table.name === table ? [registry.rows.get(row).row] : [],
      );
      // Rows are kept without their type: a rule names it together with the table.
      return found as readonly object[] as readonly Row[];
    },
    facts: (type) => told(said, type),
    heard: (type) => told(heard, type),
    get effects(): readonly Wish[] {
      return effects.map((code) => {
        const { kind, key, input } = registry.effects.get(code >> 2);
        return { kind, key, input, state: stateOf(code & 3) };
      });
    },
  };
}

function stateOf(code: number): Wish["state"] {
  if (code === done) return "DONE";
  return code === abandoned ? "ABANDONED" : "PENDING";
}
