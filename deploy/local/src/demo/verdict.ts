// Whether a purchase went as its scenario says: its end, its code, and each of its facts exactly once.
import type { Ending, FactName } from "./scenario.js";
import type { Sighting } from "./witness.js";

/** How a purchase ended. */
export interface Outcome {
  /** The order's status, or REFUSED when PlaceOrder was. */
  readonly outcome: string;
  /** Why it was cancelled or refused; empty when it was neither. */
  readonly code: string;
}

/** What is wrong, each in a few words; empty when nothing is. */
export function judge(ends: Ending, { outcome, code }: Outcome, facts: readonly Sighting[]): string[] {
  const problems: string[] = [];
  if (outcome !== ends.outcome) problems.push(`ended ${outcome}, not ${ends.outcome}`);
  if (code !== (ends.code ?? "")) problems.push(`the code is ${code || "empty"}, not ${ends.code ?? "empty"}`);
  return [...problems, ...judgeFacts(ends, facts), ...judgeVersions(facts)];
}

/** Whether all facts that must come have come. */
export function complete(ends: Ending, facts: readonly Sighting[]): boolean {
  return ends.facts.every((name) => facts.some(({ fact }) => fact === name));
}

function judgeFacts({ facts: must, perhaps = [], repeats = [] }: Ending, facts: readonly Sighting[]): string[] {
  const count = (name: FactName): number => facts.filter(({ fact }) => fact === name).length;
  const seen = [...new Set(facts.map(({ fact }) => fact))];
  return [
    ...must.filter((name) => count(name) === 0).map((name) => `${name} is missing`),
    ...seen
      .filter((name) => count(name) > 1 && !repeats.includes(name))
      .map((name) => `${name} was announced ${count(name)} times`),
    ...seen.filter((name) => !must.includes(name) && !perhaps.includes(name)).map((name) => `${name} is too many`),
  ];
}

/** First occurrences of an aggregate's facts must come gapless and in version order. */
function judgeVersions(facts: readonly Sighting[]): string[] {
  const last = new Map<string, bigint>();
  return facts.flatMap(({ fact, aggregate, version }) => {
    const expected = (last.get(aggregate) ?? 0n) + 1n;
    last.set(aggregate, version);
    return version === expected ? [] : [`${fact} has version ${version} of its ${aggregate}, not ${expected}`];
  });
}
