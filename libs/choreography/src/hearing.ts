// Messages of the bus as inputs: read, held against the rules of their fields, matched to the reaction to their fact.

import { decodeEnvelope, decodePayload, type Envelope, type Rules, Undecodable } from "@pavane/contracts";
import type { IdVerdict } from "@pavane/store";
import type { Input, Settled } from "./input.js";
import type { ServiceDefinition } from "./service.js";

/** A message as the bus or the record of a failed one gives it. */
export interface Heard {
  /** `order.placed`: the end of its subject. */
  readonly type: string;
  readonly subject: string;
  readonly data: Uint8Array;
  /** What it is called when no event id can be read from it. */
  readonly fallbackId: string;
  /** Attempts so far; 0 from the broker. */
  readonly attempts: number;
  settle(settled: Settled): void;
}

/** What messages are read by. */
export interface Hearing {
  readonly definition: ServiceDefinition;
  readonly rules: Pick<Rules, "violations">;
  /** Whether an event id lies in the days the inbox remembers. */
  readonly verdict: (id: string) => IdVerdict;
}

/** A fact that can be read but breaks its field rules. */
class InvalidFact extends Error {
  override readonly name = "InvalidFact";
}

/** A message as an input; never throws: what cannot be read becomes an input that fails, and is kept. */
export function hear(hearing: Hearing, heard: Heard): Input {
  const { type, subject, fallbackId, attempts, settle } = heard;
  const origin = { id: fallbackId, reaction: type, subject, message: heard.data, forever: false, attempts };
  const unread = { name: type, rule: undefined, data: undefined, id: fallbackId, version: 0n, orderId: undefined };
  const input: Input = { ...unread, actor: "unknown", traceparent: undefined, origin, settle };
  let envelope: Envelope;
  try {
    envelope = decodeEnvelope(heard.data);
  } catch (error) {
    return { ...input, broken: error as Error };
  }
  return read(hearing, heard, envelope, { ...input, origin: { ...origin, id: envelope.id } });
}

function read({ definition, rules, verdict }: Hearing, heard: Heard, envelope: Envelope, input: Input): Input {
  const { id, version, orderId, source: actor, traceparent } = envelope;
  const known = { ...input, id, version, orderId, actor, traceparent };
  try {
    const rule = definition.reactions.get(heard.type);
    const fact = definition.facts.get(heard.type);
    if (rule === undefined || fact === undefined) {
      throw new Undecodable(`${definition.name} has no reaction to ${heard.type}`);
    }
    const data = decodePayload(fact, envelope);
    if (rule.guard === "once") mustBeKept(verdict(id), id);
    const found = { ...known, rule, data, ...(input.origin && { origin: { ...input.origin, forever: fact.forever } }) };
    const violations = rules.violations(fact.message, envelope.data);
    // What breaks its rules is kept, whomever it concerns.
    if (violations.length === 0) return rule.concerns?.(data) === false ? { ...found, ignored: true } : found;
    const list = violations.map(({ field, description }) => `${field}: ${description}`).join("; ");
    return { ...found, broken: new InvalidFact(`${fact.name} breaks its field rules: ${list}`) };
  } catch (error) {
    return { ...known, broken: error as Error };
  }
}

function mustBeKept(verdict: IdVerdict, id: string): void {
  if (verdict !== "OK") {
    throw new Undecodable(`${verdict}: the time in event id ${id} is outside the days the inbox remembers`);
  }
}
