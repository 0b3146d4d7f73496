// Messages of the bus as inputs: read, held against the rules of their fields, matched to the reaction to their fact.

import { decodeEnvelope, decodePayload, type Rules, Undecodable } from "@pavane/contracts";
import type { IdVerdict } from "@pavane/store";
import type { Input, Origin, Settled } from "./input.js";
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
  // Filled in place as it is read: a copy at each step would cost more than the reading.
  const input: Draft = {
    name: type,
    rule: undefined,
    broken: undefined,
    ignored: false,
    data: undefined,
    id: fallbackId,
    version: 0n,
    orderId: undefined,
    actor: "unknown",
    traceparent: undefined,
    origin: { id: fallbackId, reaction: type, subject, message: heard.data, forever: false, attempts },
    settle,
  };
  try {
    read(hearing, heard, input);
  } catch (error) {
    input.broken = error as Error;
  }
  return input;
}

type Writable<T> = { -readonly [Property in keyof T]: T[Property] };

/** A fact's input while it is read. */
type Draft = Omit<Writable<Input>, "origin"> & { readonly origin: Writable<Origin> };

/** Throws where it cannot go on; what it knows until then stands in `input`. */
function read({ definition, rules, verdict }: Hearing, heard: Heard, input: Draft): void {
  const envelope = decodeEnvelope(heard.data);
  input.id = input.origin.id = envelope.id;
  input.version = envelope.version;
  input.orderId = envelope.orderId;
  input.actor = envelope.source;
  input.traceparent = envelope.traceparent;
  const rule = definition.reactions.get(heard.type);
  const fact = definition.facts.get(heard.type);
  if (rule === undefined || fact === undefined) {
    throw new Undecodable(`${definition.name} has no reaction to ${heard.type}`);
  }
  const data = decodePayload(fact, envelope);
  if (rule.guard === "once") mustBeKept(verdict(envelope.id), envelope.id);
  input.rule = rule;
  input.data = data;
  input.origin.forever = fact.forever;
  const violations = rules.violations(fact.message, envelope.data, data);
  if (violations.length > 0) {
    const list = violations.map(({ field, description }) => `${field}: ${description}`).join("; ");
    throw new InvalidFact(`${fact.name} breaks its field rules: ${list}`);
  }
  // Only now: what breaks its rules is kept, whomever it concerns.
  input.ignored = rule.concerns?.(data) === false;
}

function mustBeKept(verdict: IdVerdict, id: string): void {
  if (verdict !== "OK") {
    throw new Undecodable(`${verdict}: the time in event id ${id} is outside the days the inbox remembers`);
  }
}
