// The page that shows a choreography: how a flow goes forward and back, who does what on which fact, and every service.

import { checks } from "./checks.js";
import { type Act, type Choreography, consequencesOf, type FactEntry } from "./choreography.js";
import { type Ending, type Flow, type Hold, isOf, settles } from "./flow.js";
import { backFacts, backGraph, directions, forwardGraph } from "./graph.js";
import { type Roles, rolesOf } from "./roles.js";
import { servicesPart } from "./services.js";
import { code, codes, or, table, third } from "./text.js";

/** What a page says beside the tables. */
export interface PageOptions {
  readonly title: string;
  /** What the choreography is about: one paragraph. */
  readonly about: string;
  /** The command that writes the page. */
  readonly command: string;
}

/** The page as Markdown with Mermaid graphs. Equal choreographies give equal pages. */
export function page(choreography: Choreography, options: PageOptions): string {
  const roles = rolesOf(choreography);
  const parts = [
    opening(options),
    ...roles.flows.flatMap((flow) => flowPart(choreography, roles, flow)),
    matrixPart(choreography, roles),
    servicesPart(choreography, roles),
    checksPart(choreography, roles),
  ];
  return `${parts.join("\n\n")}\n`;
}

function opening({ title, about, command }: PageOptions): string {
  return [
    `# ${title}`,
    "",
    `Written by \`${command}\` from the services' tables of inputs and the catalogue of facts; do not edit.`,
    "",
    about,
    "",
    "A **fact** is something that happened, like the names in `this type`; one service announces it, others hear it and react.",
    "A **hold** is what a service has set aside, and in which state. It *reserves* on a step of the flow, and when the flow ends",
    "it *confirms* (keeps) or *releases* (gives back) what it holds. Every service looks at its own holds only, so that a fact may",
    "come twice, late, or in another order.",
  ].join("\n");
}

function flowPart(choreography: Choreography, roles: Roles, flow: Flow): string[] {
  const { forward } = directions(flow);
  const back = backFacts(choreography, flow);
  const endings = [...flow.endings].sort((a, b) => Number(a.answered) - Number(b.answered));
  const which = roles.flows.length > 1 ? `, from ${code(flow.steps[0] ?? "")}` : "";
  return [
    `## The way forward${which}`,
    mermaid(forwardGraph(choreography, roles, flow)),
    narrative(choreography, roles, forward),
    `## The way back${which}`,
    mermaid(backGraph(choreography, roles, flow)),
    narrative(choreography, roles, back),
    `## What is held meanwhile${which}`,
    `However it ends, every hold is settled. ${endings.map(ends).join(" ")}`,
    holdsTable(choreography, flow),
  ];
}

function mermaid(graph: string): string {
  return `\`\`\`mermaid\n${graph}\n\`\`\``;
}

/** The flow in sentences: what begins each fact from outside, and what it leads to. Facts that lead to the same share one. */
function narrative(choreography: Choreography, roles: Roles, facts: readonly string[]): string {
  const sentences = new Map<string, string[]>();
  for (const name of facts) {
    const { announcers = [], hearers = [] } = choreography.facts.get(name) ?? {};
    const deeds = [...beginnings(announcers), ...hearers.map((act) => reaction(choreography, roles, act))];
    if (deeds.length > 0) sentences.set(deeds.join("; "), [...(sentences.get(deeds.join("; ")) ?? []), code(name)]);
  }
  return [...sentences].map(([deeds, names], index) => `${index + 1}. ${or(names)}: ${deeds}.`).join("\n");
}

function beginnings(announcers: readonly Act[]): string[] {
  const of = (kind: Act["kind"]): string => or(codes(announcers.filter((act) => act.kind === kind).map(byName)));
  const ways = [
    ...(of("command") === "" ? [] : [`is asked ${of("command")}`]),
    ...(of("due") === "" ? [] : [`finds ${of("due")} due`]),
  ];
  return ways.length === 0 ? [] : [`**${announcers[0]?.service ?? ""}** announces it when it ${or(ways)}`];
}

function byName({ name }: { readonly name: string }): string {
  return name;
}

function reaction(choreography: Choreography, roles: Roles, act: Act): string {
  const leads = consequencesOf(choreography, act);
  const verb = `**${act.service}** ${third(roles.verbOf(act))}`;
  return leads.length === 0 ? verb : `${verb} → ${or(codes(leads))}`;
}

function holdsTable(choreography: Choreography, flow: Flow): string {
  const rows = flow.holds.map((hold) => [
    hold.aggregate,
    hold.service,
    cell(hold.reserves.map(byName)),
    cell(settling(flow, hold, false).map(byName)) || pivot(choreography, flow, hold),
    cell(settling(flow, hold, true).map(byName)),
    cell(settling(flow, hold, true).flatMap((act) => [...consequencesOf(choreography, act)])),
  ]);
  return table(["hold", "of", "reserved on", "confirmed on", "released on", "answers"], rows);
}

function ends({ name, answered }: Ending): string {
  return answered ? `${code(name)} releases, and is answered.` : `${code(name)} confirms.`;
}

function settling(flow: Flow, hold: Hold, answered: boolean): Act[] {
  const endings = flow.endings.filter((ending) => ending.answered === answered);
  return endings.flatMap(({ settles }) => settles.filter((act) => isOf(act, hold)));
}

/** What confirms a hold that hears no confirmation: a step of its own that brings it about. */
function pivot(choreography: Choreography, flow: Flow, hold: Hold): string {
  const confirming = flow.endings.filter((ending) => !ending.answered && settles(choreography, hold, ending));
  const own = confirming.flatMap(({ name }) => choreography.facts.get(name)?.announcers ?? []).map(byName);
  return own.length === 0 ? "" : `itself, by ${or(codes(own))}`;
}

function matrixPart(choreography: Choreography, roles: Roles): string {
  const flows = roles.flows.map((flow) => [
    ...new Set([...directions(flow).forward, ...backFacts(choreography, flow)]),
  ]);
  const rest = [...choreography.facts.values()].filter(({ name }) => !flows.flat().includes(name));
  rest.sort((a, b) => (a.owners.join() < b.owners.join() ? -1 : 1));
  return [
    "## Who does what on which fact",
    "",
    "What a service does on a fact, and below it what it may announce then: at once, or when the outcome of an effect is known.",
    "∞ marks what is retried for ever and never becomes a dead letter.",
    ...[...flows, rest.map(byName)]
      .filter((names) => names.length > 0)
      .flatMap((names) => ["", matrix(choreography, roles, names)]),
  ].join("\n");
}

function matrix(choreography: Choreography, roles: Roles, names: readonly string[]): string {
  const entries = names.flatMap((name) => choreography.facts.get(name) ?? []);
  const hears = (service: string): boolean =>
    entries.some(({ hearers }) => hearers.some((act) => act.service === service));
  const services = choreography.services.map(byName).filter(hears);
  const rows = new Map<string, FactEntry[]>();
  for (const entry of entries) {
    const cells = services.map((service) => deeds(choreography, roles, entry, service)).join(" | ");
    // Facts on which everybody does the same share a row; those on which nobody does anything are each worth one.
    const key = cells.replaceAll(/[ |]/g, "") === "" ? entry.name : cells;
    rows.set(key, [...(rows.get(key) ?? []), entry]);
  }
  const lines = [...rows.values()].map((group) => [
    group.map(factCell).join("<br>"),
    announcedBy(group),
    ...services.map((service) =>
      group
        .slice(0, 1)
        .map((entry) => deeds(choreography, roles, entry, service))
        .join(""),
    ),
  ]);
  return table(["fact", "announced by", ...services], lines);
}

/** Who announces each of these facts, line by line; said once where it is the same service. */
function announcedBy(facts: readonly FactEntry[]): string {
  const owners = facts.map((fact) => fact.owners.join(", "));
  return (owners.every((owner) => owner === owners[0]) ? owners.slice(0, 1) : owners).join("<br>");
}

function factCell({ name, type }: FactEntry): string {
  return [code(name), ...(type.forever ? ["∞"] : []), ...(type.end ? ["(an end)"] : [])].join("\u00a0");
}

function deeds(choreography: Choreography, roles: Roles, { hearers }: FactEntry, service: string): string {
  const acts = hearers.filter((act) => act.service === service);
  const leads = (act: Act): string[] => codes(consequencesOf(choreography, act)).map((to) => `→\u00a0${to}`);
  return acts.flatMap((act) => [roles.verbOf(act), ...leads(act)]).join("<br>");
}

function checksPart(choreography: Choreography, { flows }: Roles): string {
  const { services, facts } = choreography;
  const holds = flows.flatMap((flow) => flow.holds).length;
  const endings = flows.flatMap((flow) => flow.endings).length;
  return [
    "## What is checked of it",
    "",
    `${services.length} services, ${facts.size} facts, ${holds} holds, ${endings} endings. The build fails unless:`,
    "",
    ...Object.values(checks).map((check) => `- ${check}`),
  ].join("\n");
}

function cell(names: readonly string[]): string {
  return codes(names).join("<br>");
}
