// How tests announce: the aggregate's row lock gives the version, as the engine does it.

import { type AppendedFact, appendFacts, newEventId, type Statement, type Transaction } from "@pavane/store";

export const catalogue = {
  "thing.changed": { name: "thing.changed", owner: "maker" },
  "thing.ended": { name: "thing.ended", owner: "maker" },
  "other.changed": { name: "other.changed", owner: "other" },
};

const raise: Statement = {
  name: "test.raise",
  text: `insert into thing (key, version) values ($1, 1)
         on conflict (key) do update set version = thing.version + 1 returning version`,
};

/** Takes the aggregate's row lock, raises its version, and appends one fact. */
export async function raiseAndAppend(tx: Transaction, aggregate: string, size = 0): Promise<AppendedFact> {
  const [row] = await tx.send<{ version: bigint }>(raise, [aggregate]);
  const version = row?.version ?? 0n;
  const message = Buffer.from(JSON.stringify({ aggregate, version: Number(version), filler: "x".repeat(size) }));
  const [fact] = await appendFacts(tx, [{ id: newEventId(), aggregate, version, type: "thing.changed", message }]);
  if (fact === undefined) {
    throw new Error("nothing was appended");
  }
  return fact;
}
