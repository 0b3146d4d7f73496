// What must hold of every choreography, judged from its tables alone.

import type { Act, Choreography, FactEntry } from "./choreography.js";
import { type Edge, edgesOf, type Flow, flowsOf, type Hold, settles } from "./flow.js";

/** What is judged, by the name of the check, in a sentence that holds when it is passed. */
export const checks = {
  owner: "Every fact has one owner, a service that announces it, and nobody else does.",
  heard: "Every fact is heard by somebody, or is declared an end; what is declared an end is heard by nobody.",
  known: "Every fact that is heard or announced is declared.",
  settled:
    "Every hold hears each way its flow can end, and there are at least two: one that confirms, one that releases.",
  released:
    "From every step that a hold can lead to, failures above all, an ending is reached that settles every hold.",
  ends: "Every cycle of facts has a way out.",
} as const;

/** Something that is wrong with a choreography. */
export interface Flaw {
  readonly check: keyof typeof checks;
  /** What is wrong, and where, in one line. */
  readonly message: string;
}

/** Everything that is wrong with a choreography; nothing is the empty list. */
export function flawsOf(choreography: Choreography): Flaw[] {
  const facts = [...choreography.facts.values()];
  const flows = flowsOf(choreography);
  const flaws = (check: Flaw["check"], messages: readonly string[]): Flaw[] =>
    messages.map((message) => ({ check, message }));
  return [
    ...flaws(
      "owner",
      facts.flatMap((fact) => ownerless(choreography, fact)),
    ),
    ...flaws("heard", facts.flatMap(unheard)),
    ...flaws(
      "known",
      choreography.acts.flatMap((act) => unknown(choreography, act)),
    ),
    ...flaws(
      "settled",
      flows.flatMap((flow) => unsettled(choreography, flow)),
    ),
    ...flaws(
      "released",
      flows.flatMap((flow) => unreleased(choreography, flow)),
    ),
    ...flaws("ends", endless(edgesOf(choreography))),
  ];
}

function ownerless({ services }: Choreography, { name, type, owners, announcers }: FactEntry): string[] {
  const [owner] = owners;
  if (owner === undefined || type.owner === "") return [`${name} has no owner`];
  if (owners.length > 1) return [`${name} has more than one owner: ${owners.join(" and ")}`];
  if (!services.some((service) => service.name === owner)) {
    return [`${name} has no owner: ${owner} is none of the services`];
  }
  return announcers.length === 0 ? [`${name} has no announcer: nothing that its owner ${owner} does announces it`] : [];
}

function unheard({ name, type, hearers }: FactEntry): string[] {
  const who = [...new Set(hearers.map(({ service }) => service))].join(" and ");
  if (type.end) return hearers.length === 0 ? [] : [`${name} is declared an end, but ${who} hears it`];
  return hearers.length === 0 ? [`nobody hears ${name}; declare it an end if that is meant`] : [];
}

function unknown({ facts }: Choreography, act: Act): string[] {
  const heard = act.kind === "reaction" && !facts.has(act.name) ? [`${act.service} hears ${act.name}`] : [];
  const announced = act.announces.filter((name) => !facts.has(name)).map((name) => `${act.service} announces ${name}`);
  return [...heard, ...announced].map((what) => `${what}, which no catalogue declares`);
}

function unsettled(choreography: Choreography, { holds, endings }: Flow): string[] {
  return holds.flatMap((hold) => {
    const made = `${hold.service} reserves ${hold.aggregate} on ${list(hold.reserves.map(({ name }) => name))}`;
    const missing = endings.filter((ending) => !settles(choreography, hold, ending));
    const flaws = missing.map(({ name }) => `${made}, but on ${name} it does nothing with what it holds`);
    if (endings.length > 1) return flaws;
    const only = endings.length === 0 ? "no ending" : `no other ending than ${list(endings.map(({ name }) => name))}`;
    return [...flaws, `${made}, and its flow has ${only}: a release and a confirmation are retried for ever`];
  });
}

function unreleased(choreography: Choreography, { holds, endings, reach }: Flow): string[] {
  const steps = [...new Set(holds.flatMap((hold) => hold.steps))];
  return steps.flatMap((step) => {
    const reached = endings.filter(({ name }) => reach.get(step)?.includes(name));
    const lost = holds.filter((hold) => !reached.some((ending) => settles(choreography, hold, ending)));
    if (lost.length === 0) return [];
    return [`after ${step} nothing settles what is held: ${list(lost.map(describe))}`];
  });
}

function describe({ service, aggregate }: Hold): string {
  return `${aggregate} of ${service}`;
}

/** The cycles that are left when every reaction that can also lead out of its cycle is taken away. */
function endless(edges: readonly Edge[]): string[] {
  const onCycle = edges.filter(({ from, to }) => wayBetween(edges, to, from) !== undefined);
  const together = (from: string, to: string): boolean =>
    wayBetween(onCycle, from, to) !== undefined && wayBetween(onCycle, to, from) !== undefined;
  const closed = onCycle.filter(({ by }) => edges.every((edge) => edge.by !== by || together(edge.from, edge.to)));
  const said = new Set<string>();
  return closed.flatMap(({ from, to }) => {
    const way = wayBetween(closed, to, from);
    if (way === undefined || said.has(from)) return [];
    for (const name of way) said.add(name);
    return [`a cycle has no way out: ${[from, ...way].join(" → ")}`];
  });
}

/** The facts from one to another, both included; undefined when there is no way. */
function wayBetween(edges: readonly Edge[], start: string, end: string): string[] | undefined {
  const ways = new Map([[start, [start]]]);
  for (const [at, way] of ways) {
    if (at === end) return way;
    for (const { from, to } of edges) if (from === at && !ways.has(to)) ways.set(to, [...way, to]);
  }
  return undefined;
}

function list(names: readonly string[]): string {
  return [...new Set(names)].join(", ");
}
