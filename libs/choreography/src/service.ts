// A service as data: its tables in lock order and its tables of inputs, checked as far as types cannot.

import type { Catalogue, FactType } from "@pavane/kernel";
import type { AnyRule, Command, Due, Outcome, Reaction } from "./inputs.js";
import { type AnyTable, erased, type TableLike } from "./slots.js";

/** A fact's type whose payload no longer matters. */
export type AnyFactType = FactType<string, unknown>;

/** Everything a service does, declared. */
export interface ServiceDefinition {
  readonly name: string;
  readonly catalogue: Catalogue<object>;
  readonly facts: ReadonlyMap<string, AnyFactType>;
  /** In the order in which their rows are locked, always. */
  readonly tables: readonly AnyTable[];
  readonly reactions: ReadonlyMap<string, Reaction>;
  readonly commands: ReadonlyMap<string, Command<never, unknown>>;
  readonly dues: readonly Due[];
  readonly outcomes: ReadonlyMap<string, Outcome>;
}

/** What a service is declared with. `tables` in the order in which rows are locked. */
export interface ServiceOptions<Facts extends object> {
  readonly name: string;
  readonly catalogue: Catalogue<Facts>;
  readonly tables: readonly TableLike[];
  readonly reactions: readonly Reaction[];
  readonly commands?: Readonly<Record<string, Command<never, unknown>>>;
  readonly dues?: readonly Due[];
  readonly outcomes?: readonly Outcome[];
}

/**
 * Declares a service. Throws TypeError, naming the rule, on: a fact announced that another service owns, a slot on an
 * unlisted table, a fact announced without a slot on its aggregate's table, two reactions to one fact.
 */
export function service<Facts extends object>(options: ServiceOptions<Facts>): ServiceDefinition {
  const facts = new Map(Object.entries(options.catalogue as Record<string, AnyFactType>));
  const definition: ServiceDefinition = {
    name: options.name,
    catalogue: options.catalogue,
    facts,
    tables: options.tables.map(erased),
    reactions: unique(options.reactions, ({ on }) => on, `${options.name} has two reactions to`),
    commands: new Map(Object.entries(options.commands ?? {})),
    dues: options.dues ?? [],
    outcomes: unique(options.outcomes ?? [], ({ effect }) => effect, `${options.name} has two outcomes of`),
  };
  for (const [name, rule] of rules(definition)) check(definition, name, rule);
  return definition;
}

/** Every rule of a service with a name for people. */
export function rules(definition: ServiceDefinition): [string, AnyRule][] {
  return [
    ...[...definition.reactions].map(([on, rule]): [string, AnyRule] => [`on ${on}`, rule]),
    ...[...definition.commands].map(([name, rule]): [string, AnyRule] => [`command ${name}`, rule]),
    ...definition.dues.map((rule): [string, AnyRule] => [`due ${rule.name}`, rule]),
    ...[...definition.outcomes].map(([kind, rule]): [string, AnyRule] => [`outcome of ${kind}`, rule]),
  ];
}

function check(definition: ServiceDefinition, name: string, rule: AnyRule): void {
  const fail = (what: string): never => {
    throw new TypeError(`${definition.name}, ${name}: ${what}`);
  };
  const slots = Object.values(rule.slots);
  for (const { table } of slots) {
    if (!definition.tables.includes(table)) fail(`table ${table.name} is not listed in the service's tables`);
  }
  for (const type of rule.announces) {
    const fact = definition.facts.get(type) ?? fail(`${type} is not in the catalogue`);
    if (fact.owner !== definition.name) fail(`announces ${type}, which only ${fact.owner} may`);
    if (!slots.some(({ table }) => table.aggregate === fact.aggregate)) {
      fail(`announces ${type} but has no slot on a table of aggregate ${fact.aggregate}`);
    }
  }
}

function unique<Value>(
  values: readonly Value[],
  nameOf: (value: Value) => string,
  message: string,
): Map<string, Value> {
  const map = new Map<string, Value>();
  for (const value of values) {
    if (map.has(nameOf(value))) throw new TypeError(`${message} ${nameOf(value)}`);
    map.set(nameOf(value), value);
  }
  return map;
}
