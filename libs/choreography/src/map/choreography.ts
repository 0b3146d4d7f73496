// A choreography: services' tables of inputs put side by side, with who announces and who hears each fact.

import type { AnyRule, Guard } from "../inputs.js";
import { type AnyFactType, rules, type ServiceDefinition } from "../service.js";

/** One row of a service's tables of inputs, as far as others can see it. */
export interface Act {
  readonly service: string;
  readonly kind: AnyRule["kind"];
  /** The fact heard, the command's or due row's name, the effect's kind. */
  readonly name: string;
  /** How a reaction is guarded against being heard twice. */
  readonly guard: Guard | undefined;
  readonly announces: readonly string[];
  /** The tables it may change. */
  readonly tables: readonly string[];
  /** Those among them that it adds rows to, and never changes one. */
  readonly adds: readonly string[];
  /** The kinds of aggregate among them. */
  readonly aggregates: readonly string[];
  /** The tables it only looks at. */
  readonly sees: readonly string[];
  /** The name of the function that decides; empty where it has none. */
  readonly decision: string;
}

/** A fact, and who has to do with it. */
export interface FactEntry {
  readonly name: string;
  /** As the first catalogue declares it that has it. */
  readonly type: AnyFactType;
  /** Everyone that a catalogue declares as its owner or that announces it: one service, when all is well. */
  readonly owners: readonly string[];
  readonly announcers: readonly Act[];
  readonly hearers: readonly Act[];
}

/** Services that dance together. */
export interface Choreography {
  readonly services: readonly ServiceDefinition[];
  /** By name, sorted. */
  readonly facts: ReadonlyMap<string, FactEntry>;
  readonly acts: readonly Act[];
}

/** Puts services side by side, each with its own catalogue or all with one. Throws TypeError on two of one name. */
export function choreographyOf(services: readonly ServiceDefinition[]): Choreography {
  const names = services.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new TypeError(`there are two services named ${twice}`);
  const acts = services.flatMap(actsOf);
  const types = services.flatMap(({ facts }) => [...facts.values()]);
  const facts = [...new Set(types.map(({ name }) => name))].sort().map((name) => entryOf(name, types, acts));
  return { services, facts: new Map(facts.map((fact) => [fact.name, fact])), acts };
}

function entryOf(name: string, types: readonly AnyFactType[], acts: readonly Act[]): FactEntry {
  const declared = types.filter((type) => type.name === name);
  const announcers = acts.filter(({ announces }) => announces.includes(name));
  const owners = [...declared.map(({ owner }) => owner), ...announcers.map(({ service }) => service)];
  return {
    name,
    type: declared[0] as AnyFactType,
    owners: [...new Set(owners.filter((owner) => owner !== ""))],
    announcers,
    hearers: acts.filter((act) => act.kind === "reaction" && act.name === name),
  };
}

function actsOf(definition: ServiceDefinition): Act[] {
  const commandNames = new Map([...definition.commands].map(([name, command]) => [command as AnyRule, name]));
  return rules(definition).map(([, rule]) => {
    const slots = Object.values(rule.slots);
    const changed = slots.filter(({ shape }) => shape !== "see").map(({ table }) => table);
    return {
      service: definition.name,
      kind: rule.kind,
      name: nameOf(rule, commandNames),
      guard: rule.kind === "reaction" ? rule.guard : undefined,
      announces: rule.announces,
      tables: unique(changed.map(({ name }) => name)),
      adds: unique(slots.filter(({ shape }) => shape === "append").map(({ table }) => table.name)),
      aggregates: unique(changed.flatMap(({ aggregate }) => aggregate ?? [])),
      sees: unique(slots.filter(({ shape }) => shape === "see").map(({ table }) => table.name)),
      decision: rule.decide.name,
    };
  });
}

function nameOf(rule: AnyRule, commands: ReadonlyMap<AnyRule, string>): string {
  if (rule.kind === "reaction") return rule.on;
  if (rule.kind === "due") return rule.name;
  return rule.kind === "outcome" ? rule.effect : (commands.get(rule) ?? "");
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}

/** What may be announced because a fact was heard: by the reaction itself, or later by the outcome of its effect. */
export function consequencesOf(choreography: Choreography, reaction: Act): readonly string[] {
  const { acts, facts } = choreography;
  const forever = (name: string): boolean => facts.get(name)?.type.forever ?? false;
  const own = acts.filter(({ service }) => service === reaction.service);
  const listed = new Set(own.filter(({ kind }) => kind === "reaction").flatMap(({ announces }) => announces));
  const outcomes = own.filter((act) => act.kind === "outcome" && act.tables.some((t) => reaction.tables.includes(t)));
  // A fact that some reaction lists is that reaction's. What follows from an ending is never a step: it cannot fail.
  const later = outcomes
    .flatMap(({ announces }) => announces)
    .filter((name) => !listed.has(name) && (!forever(reaction.name) || forever(name)));
  return unique([...reaction.announces, ...later]);
}
