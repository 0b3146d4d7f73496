// One input through its decision, against the rows in memory: the step every interpreter shares.

import type { Context } from "@pavane/kernel";
import type { AnyEffectRequest, AnyRule, Rule } from "./inputs.js";
import type { Change, Memory } from "./memory.js";
import type { AnyFactType, ServiceDefinition } from "./service.js";

/** An input with its rule: what a decision is taken on. */
export interface Folding {
  readonly rule: AnyRule;
  readonly data: unknown;
  readonly context: Context;
}

/** A fact that a decision announced, with the version its aggregate gave it. */
export interface Announced {
  readonly fact: AnyFactType;
  readonly data: unknown;
  readonly subject: string;
  readonly version: bigint;
}

/** What came of an input. */
export interface Folded {
  readonly changes: readonly Change[];
  readonly announced: readonly Announced[];
  readonly effects: readonly AnyEffectRequest[];
  /** A command's answer. */
  readonly response: unknown;
}

/**
 * Takes the decision of one input and makes its changes in memory: all of them, or, when it throws, none. `seal` turns
 * the announced facts into what is stored while the changes can still be refused.
 */
export function fold<Sealed>(
  definition: ServiceDefinition,
  memory: Memory,
  { rule, data, context }: Folding,
  seal: (announced: readonly Announced[]) => Sealed,
): Folded & { readonly sealed: Sealed } {
  const state = memory.state(rule.slots, data);
  const decision = rule.decide(state, data, context);
  const next = decision.next ?? {};
  const changes = memory.changes(rule.slots, data, next);
  const announced = announce(definition, memory, rule, decision.events ?? [], changes);
  const sealed = seal(announced);
  const response = rule.kind === "command" ? rule.respond(after(rule.slots, state, next), data) : undefined;
  memory.apply(changes);
  for (const { fact, subject, version } of announced) memory.raise(fact.aggregate, subject, version);
  return { changes, announced, effects: decision.effects ?? [], response, sealed };
}

function after(
  slots: Rule["slots"],
  state: Readonly<Record<string, unknown>>,
  next: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const rows: Record<string, unknown> = {};
  for (const [name, { shape, table }] of Object.entries(slots)) {
    if (shape === "many") rows[name] = { ...(state[name] as object), ...(next[name] as object | undefined) };
    else rows[name] = next[name] ?? state[name];
    if (shape === "one" && rows[name] === undefined) {
      throw new TypeError(`a command was accepted that left no row in ${table.name}: refuse it, or use many()`);
    }
  }
  return rows;
}

function announce(
  definition: ServiceDefinition,
  memory: Memory,
  rule: AnyRule,
  events: readonly { readonly type: string; readonly data: unknown }[],
  changes: readonly Change[],
): Announced[] {
  const versions = new Map<string, bigint>();
  return events.map(({ type, data }) => {
    const fact = definition.facts.get(type);
    if (fact === undefined || !rule.announces.includes(type)) {
      throw new TypeError(`${definition.name} announces ${type}, which its row does not list`);
    }
    const subject = fact.subjectOf(data);
    const aggregate = `${fact.aggregate}/${subject}`;
    const last = versions.get(aggregate) ?? memory.version(fact.aggregate, subject) ?? 0n;
    if (!memory.exists(fact.aggregate, subject, changes)) {
      throw new TypeError(`${type} is announced of ${aggregate}, which has no row under lock`);
    }
    versions.set(aggregate, last + 1n);
    return { fact, data, subject, version: last + 1n };
  });
}
