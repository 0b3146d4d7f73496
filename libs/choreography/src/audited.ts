// One line of the audit log: what an input changed, because of what, before and after.

import { newEventId } from "@pavane/store";
import type { Folded } from "./fold.js";
import type { Input } from "./input.js";

/** The line of one input that changed something; `changes` is JSON. */
export function audited(input: Input, { changes, announced }: Folded) {
  return {
    id: newEventId(),
    cause: input.name,
    causeId: input.id,
    actor: input.actor,
    orderId: input.orderId ?? announced[0]?.fact.orderIdOf(announced[0].data) ?? null,
    aggregates: [...new Set(changes.map(({ table, key }) => `${table.aggregate ?? table.name}/${key}`))].join(","),
    facts: announced.map(({ fact }) => fact.name).join(","),
    changes: JSON.stringify(
      changes.map(({ table, key, before, after }) => {
        const changed = table.changes(before, after);
        return { table: table.name, key, before: changed.before && plain(changed.before), after: plain(changed.after) };
      }),
    ),
  };
}

// JSON has no bigint: amounts are shown as digits in a string, exact at any size. A replacer would be asked for every value.
function plain(row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const shown: Record<string, unknown> = {};
  for (const name in row) {
    const value = row[name];
    shown[name] = typeof value === "bigint" ? value.toString() : value;
  }
  return shown;
}
