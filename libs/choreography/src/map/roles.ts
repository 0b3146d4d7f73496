// What an act is for, in a few words: the verbs of a flow where it has a part in one, else the name of its decision.

import { type Act, type Choreography, consequencesOf } from "./choreography.js";
import { type Flow, flowsOf, isForever, isOf } from "./flow.js";

/** The part an act has in a flow. */
export type Part =
  /** Sets something aside on a step. */
  | "reserve"
  /** Keeps what was set aside, at the end. */
  | "confirm"
  /** Gives back what was set aside, at the end. */
  | "release"
  /** Ends the flow. */
  | "decide"
  /** Takes an answer to an ending. */
  | "collect";

/** What acts are for. */
export interface Roles {
  readonly flows: readonly Flow[];
  partOf(act: Act): Part | undefined;
  /** What an act does, for people: `reserve stock`, `ship`, `add a notification`. */
  verbOf(act: Act): string;
}

/** Finds what every act of a choreography is for. */
export function rolesOf(choreography: Choreography): Roles {
  const flows = flowsOf(choreography);
  const parts = new Map(choreography.acts.map((act) => [act, partOf(choreography, flows, act)]));
  return {
    flows,
    partOf: (act) => parts.get(act),
    verbOf: (act) => verbOf(flows, act, parts.get(act)),
  };
}

function partOf(choreography: Choreography, flows: readonly Flow[], act: Act): Part | undefined {
  const endings = flows.flatMap((flow) => flow.endings);
  const ends = act.announces.some((name) => endings.some((ending) => ending.name === name));
  if (ends) return "decide";
  if (act.kind !== "reaction") return undefined;
  if (flows.some(({ holds }) => holds.some(({ reserves }) => reserves.includes(act)))) return "reserve";
  const settled = endings.find(({ settles }) => settles.includes(act));
  if (settled !== undefined) return settled.answered ? "release" : "confirm";
  return isForever(choreography, act.name) && answers(choreography, flows, act.name) ? "collect" : undefined;
}

/** Whether a fact is a consequence of an ending that a hold heard. */
function answers(choreography: Choreography, flows: readonly Flow[], name: string): boolean {
  const settling = flows.flatMap(({ endings }) => endings.flatMap(({ settles }) => settles));
  return settling.some((act) => consequencesOf(choreography, act).includes(name));
}

function verbOf(flows: readonly Flow[], act: Act, part: Part | undefined): string {
  if (part === "collect") return "collect the answers";
  if (part !== undefined && part !== "decide") {
    const of = flows.flatMap(({ holds }) => holds).filter((hold) => isOf(act, hold));
    return `${part} ${of.map(({ aggregate }) => aggregate).join(" and ")}`;
  }
  if (act.kind === "command" || act.kind === "due") return words(act.name);
  if (act.decision !== "") return words(act.decision);
  if (part === "decide") return "decide";
  if (act.kind === "outcome") return `settle ${act.name}`;
  if (act.adds.length > 0) return `add a ${act.adds.join(" and a ")}`;
  return act.tables.length > 0 ? `keep the ${act.tables.join(" and the ")}` : `note the ${act.name}`;
}

/** `setPrice` as people write it: `set price`. */
function words(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
