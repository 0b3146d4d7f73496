// The flows of a choreography: steps that lead to each other, the holds made on the way, and how a flow ends.

import { type Act, type Choreography, consequencesOf } from "./choreography.js";

/**
 * What a service sets aside in a flow: a row of an aggregate on which it announces a step because it heard a step. Who
 * begins the flow sets nothing aside in it.
 */
export interface Hold {
  readonly service: string;
  readonly aggregate: string;
  /** The reactions that make it. */
  readonly reserves: readonly Act[];
  /** The steps they may lead to: success and failure. */
  readonly steps: readonly string[];
}

/** A way that a flow may end: a fact retried for ever that a step, a caller or a time brings about. */
export interface Ending {
  readonly name: string;
  /** The reactions of holds to it. */
  readonly settles: readonly Act[];
  /** Whether those who hear it answer it: then it undoes, else it confirms. */
  readonly answered: boolean;
}

/** Steps connected by what leads to what; a step is a fact that is not retried for ever. */
export interface Flow {
  /** From the first on. */
  readonly steps: readonly string[];
  readonly holds: readonly Hold[];
  readonly endings: readonly Ending[];
  /** The endings that can still come after a step. */
  readonly reach: ReadonlyMap<string, readonly string[]>;
}

/** A fact that leads to another through a reaction. */
export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly by: Act;
}

/** Everything that leads from a fact to a fact. */
export function edgesOf(choreography: Choreography): Edge[] {
  return choreography.acts
    .filter(({ kind }) => kind === "reaction")
    .flatMap((by) => consequencesOf(choreography, by).map((to) => ({ from: by.name, to, by })));
}

/** The flows in which something is set aside; one that can only go forward, and has no ending, is none. */
export function flowsOf(choreography: Choreography): Flow[] {
  const edges = edgesOf(choreography).filter(({ to }) => choreography.facts.has(to));
  const stepEdges = edges.filter(({ from, to }) => !isForever(choreography, from) && !isForever(choreography, to));
  return components(stepEdges)
    .map((steps) => flowOf(choreography, steps, edges))
    .filter((flow) => flow.holds.length > 0 && (flow.endings.length > 0 || flow.holds.some(branches)));
}

/** Whether a hold is settled by an ending: its service hears it, makes it, or alone brought it about. */
export function settles(choreography: Choreography, hold: Hold, ending: Ending): boolean {
  if (choreography.facts.get(ending.name)?.type.aggregate === hold.aggregate) return true;
  if (ending.settles.some((act) => isOf(act, hold))) return true;
  const causes = choreography.acts.filter(({ announces }) => announces.includes(ending.name));
  return causes.every(
    ({ kind, name }) => kind === "reaction" && choreography.facts.get(name)?.type.aggregate === hold.aggregate,
  );
}

/** Whether an act may change the rows of a hold. */
export function isOf(act: Act, hold: Hold): boolean {
  return act.service === hold.service && act.aggregates.includes(hold.aggregate);
}

/** Whether a fact is retried for ever: an ending, or an answer to one. */
export function isForever({ facts }: Choreography, name: string): boolean {
  return facts.get(name)?.type.forever ?? false;
}

function flowOf(choreography: Choreography, unsorted: readonly string[], edges: readonly Edge[]): Flow {
  const inside = new Set(unsorted);
  const holds = holdsOf(
    choreography,
    edges.filter(({ from, to }) => inside.has(from) && inside.has(to)),
  );
  const endings = endingsOf(choreography, inside, holds, edges);
  const steps = inOrder(unsorted, edges);
  const reach = new Map(steps.map((step) => [step, reachable(step, inside, endings, edges)]));
  return { steps, holds, endings, reach };
}

function holdsOf({ facts }: Choreography, edges: readonly Edge[]): Hold[] {
  const first = edges.filter(({ from }) => edges.every(({ to }) => to !== from)).map(({ from }) => facts.get(from));
  const begins = first.filter((fact) => fact?.announcers.some(({ kind }) => kind === "command" || kind === "due"));
  const holds = new Map<string, { reserves: Set<Act>; steps: Set<string> }>();
  for (const { from, to, by } of edges) {
    const aggregate = facts.get(to)?.type.aggregate ?? "";
    if (!by.aggregates.includes(aggregate) || facts.get(from)?.type.aggregate === aggregate) continue;
    if (begins.some((fact) => fact?.type.aggregate === aggregate)) continue;
    const key = `${by.service} ${aggregate}`;
    const hold = holds.get(key) ?? { reserves: new Set(), steps: new Set() };
    holds.set(key, { reserves: hold.reserves.add(by), steps: hold.steps.add(to) });
  }
  return [...holds].map(([key, { reserves, steps }]) => {
    const [service = "", aggregate = ""] = key.split(" ");
    return { service, aggregate, reserves: [...reserves], steps: [...steps] };
  });
}

function endingsOf(
  choreography: Choreography,
  steps: ReadonlySet<string>,
  holds: readonly Hold[],
  edges: readonly Edge[],
): Ending[] {
  const forever = [...choreography.facts.keys()].filter((name) => isForever(choreography, name));
  const answers = new Set(edges.filter(({ from }) => isForever(choreography, from)).map(({ to }) => to));
  return forever.flatMap((name) => {
    const { hearers = [], announcers = [], type } = choreography.facts.get(name) ?? {};
    const settling = hearers.filter((act) => holds.some((hold) => isOf(act, hold)));
    const stepLeads = edges.some(({ from, to }) => to === name && steps.has(from));
    const asked = announcers.some(({ kind }) => kind === "command" || kind === "due") && settling.length > 0;
    if (!stepLeads && (!asked || answers.has(name))) return [];
    // A hold's own fact that no other hold hears is an answer, even to a step that should have been retried for ever.
    const holder = holds.find(({ aggregate }) => aggregate === type?.aggregate);
    if (holder !== undefined && settling.every((act) => isOf(act, holder))) return [];
    const answered = settling.some((act) =>
      consequencesOf(choreography, act).some((to) => isForever(choreography, to)),
    );
    return [{ name, settles: settling, answered }];
  });
}

function branches({ steps, reserves }: Hold): boolean {
  return steps.length > 1 || reserves.some(({ announces }) => announces.length > 1);
}

function reachable(
  start: string,
  steps: ReadonlySet<string>,
  endings: readonly Ending[],
  edges: readonly Edge[],
): string[] {
  const seen = new Set([start]);
  // A set that grows is iterated to its new end.
  for (const at of seen) {
    if (!steps.has(at)) continue;
    for (const { from, to } of edges) if (from === at) seen.add(to);
  }
  return endings.map(({ name }) => name).filter((name) => seen.has(name));
}

/** The connected sets of facts. */
function components(edges: readonly Edge[]): string[][] {
  const left = new Set(edges.flatMap(({ from, to }) => [from, to]));
  const found: string[][] = [];
  for (const first of left) {
    const component = new Set([first]);
    for (const at of component) {
      for (const { from, to } of edges) {
        if (from === at) component.add(to);
        if (to === at) component.add(from);
      }
    }
    for (const name of component) left.delete(name);
    found.push([...component]);
  }
  return found;
}

/** Facts in the order in which they come: by the longest way to each, and by name. A cycle is cut where it closes. */
function inOrder(names: readonly string[], edges: readonly Edge[]): string[] {
  const depths = new Map<string, number>();
  const depthOf = (name: string, above: readonly string[]): number => {
    const known = depths.get(name);
    if (known !== undefined) return known;
    const before = edges.filter(({ from, to }) => to === name && names.includes(from) && !above.includes(from));
    const depth = Math.max(0, ...before.map(({ from }) => depthOf(from, [...above, name]) + 1));
    depths.set(name, depth);
    return depth;
  };
  for (const name of names) depthOf(name, [name]);
  return [...names].sort((a, b) => (depths.get(a) ?? 0) - (depths.get(b) ?? 0) || (a < b ? -1 : 1));
}
