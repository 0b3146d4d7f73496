// Mermaid graphs of a flow: the way forward and the way back.

import { type Act, type Choreography, consequencesOf } from "./choreography.js";
import { type Flow, isForever } from "./flow.js";
import type { Roles } from "./roles.js";

/** Something done because of facts, in one box: acts of one service that do the same. */
interface Box {
  readonly service: string;
  readonly verb: string;
  readonly from: Set<string>;
  readonly to: Set<string>;
}

/** The facts that lead to a confirmation, and those only that lead to a release. */
export function directions({ steps, endings, reach }: Flow): {
  readonly forward: readonly string[];
  readonly back: readonly string[];
} {
  const confirming = endings.filter(({ answered }) => !answered).map(({ name }) => name);
  const leads = (step: string): boolean => (reach.get(step) ?? []).some((name) => confirming.includes(name));
  const releasing = endings.filter(({ answered }) => answered).map(({ name }) => name);
  return {
    forward: [...steps.filter(leads), ...confirming],
    back: [...steps.filter((step) => !leads(step)), ...releasing],
  };
}

/** The way forward: from what begins the flow to what follows its confirmation. */
export function forwardGraph(choreography: Choreography, roles: Roles, flow: Flow): string {
  return graph(choreography, roles, directions(flow).forward, flow);
}

/** The way back: from every failure to the last consequence of the release. */
export function backGraph(choreography: Choreography, roles: Roles, flow: Flow): string {
  return graph(choreography, roles, backFacts(choreography, flow), flow);
}

/** The facts of the way back, and what the answers to it lead to. */
export function backFacts(choreography: Choreography, flow: Flow): string[] {
  const facts = new Set(directions(flow).back);
  for (const name of facts) {
    if (!isForever(choreography, name)) continue;
    for (const act of choreography.facts.get(name)?.hearers ?? []) {
      for (const to of consequencesOf(choreography, act)) facts.add(to);
    }
  }
  return [...facts];
}

function graph(choreography: Choreography, roles: Roles, facts: readonly string[], flow: Flow): string {
  const endings = flow.endings.map(({ name }) => name);
  const boxes = boxesOf(choreography, roles, facts);
  const shown = facts.filter((name) => boxes.some(({ from, to }) => from.has(name) || to.has(name)));
  return [
    "flowchart TD",
    ...shown.map((name) => `  ${idOf(name)}([${name}])${endings.includes(name) ? ":::ending" : ":::fact"}`),
    ...boxes.map(({ service, verb }, index) => `  act${index}["<b>${service}</b><br/>${verb}"]:::act`),
    ...boxes.flatMap(({ from, to }, index) => [
      ...[...from].map((name) => `  ${idOf(name)} --> act${index}`),
      ...[...to].map((name) => `  act${index} --> ${idOf(name)}`),
    ]),
    "  classDef fact fill:#eef4ff,stroke:#4a74b8,color:#12305e",
    "  classDef ending fill:#12305e,stroke:#12305e,color:#ffffff",
    "  classDef act fill:#fffaf0,stroke:#b08a3c,color:#3d2f10",
  ].join("\n");
}

function boxesOf(choreography: Choreography, roles: Roles, facts: readonly string[]): Box[] {
  const boxes = new Map<string, Box>();
  for (const act of choreography.acts) {
    const to = consequences(choreography, act).filter((name) => facts.includes(name));
    const from = act.kind === "reaction" && facts.includes(act.name) ? [act.name] : [];
    if (!belongs(act, from, to)) continue;
    const verb = roles.verbOf(act);
    const key = [act.service, verb, act.kind, ...(act.kind === "reaction" ? to : [])].join(" ");
    const box = boxes.get(key) ?? { service: act.service, verb, from: new Set(), to: new Set() };
    for (const name of from) box.from.add(name);
    for (const name of to) box.to.add(name);
    boxes.set(key, box);
  }
  return [...boxes.values()];
}

/** A reaction is in the picture when what it hears is; what begins by itself, when what it announces is. */
function belongs(act: Act, from: readonly string[], to: readonly string[]): boolean {
  return act.kind === "reaction" ? from.length > 0 : act.kind !== "outcome" && to.length > 0;
}

function consequences(choreography: Choreography, act: Act): readonly string[] {
  return act.kind === "reaction" ? consequencesOf(choreography, act) : act.announces;
}

function idOf(fact: string): string {
  return `fact_${fact.replaceAll(/[^A-Za-z0-9]/g, "_")}`;
}
