// Collects the facts of every order as they are announced, and lets a scenario wait for them.
import { catalogue, decodeEnvelope, decodePayload, type Envelope, type Facts } from "@pavane/contracts";
import type { FactName } from "./scenario.js";

/** A fact of an order, seen for the first time. */
export interface Sighting {
  readonly fact: FactName;
  /** The event id. */
  readonly id: string;
  /** The service that announced it. */
  readonly owner: string;
  readonly aggregate: string;
  readonly version: bigint;
  readonly time: Date;
  readonly data: Facts[FactName];
}

export interface Witness {
  /** Takes a message as it came; repeats of a fact and what belongs to no order are let go. */
  see(bytes: Uint8Array): void;
  /** What was seen of an order so far, in the order of arrival. */
  factsOf(orderId: string): readonly Sighting[];
  /** Calls back for every fact of an order, those seen before included. */
  follow(orderId: string, onFact: (sighting: Sighting) => void): void;
  /** Resolves with true when `holds`, which is asked again after every fact; with false after so many milliseconds. */
  until(orderId: string, holds: (facts: readonly Sighting[]) => boolean, milliseconds: number): Promise<boolean>;
}

interface Record {
  readonly facts: Sighting[];
  readonly listeners: Set<(sighting: Sighting) => void>;
}

/** A witness that has seen nothing yet. */
export function makeWitness(): Witness {
  const orders = new Map<string, Record>();
  const recordOf = (orderId: string): Record => {
    const known = orders.get(orderId) ?? { facts: [], listeners: new Set() };
    orders.set(orderId, known);
    return known;
  };
  return {
    see: (bytes) => {
      const envelope = decodeEnvelope(bytes);
      if (envelope.orderId === undefined) return;
      const { facts, listeners } = recordOf(envelope.orderId);
      if (facts.some(({ id }) => id === envelope.id)) return;
      const sighting = sightingOf(envelope);
      facts.push(sighting);
      for (const listener of [...listeners]) listener(sighting);
    },
    factsOf: (orderId) => recordOf(orderId).facts,
    follow: (orderId, onFact) => {
      const { facts, listeners } = recordOf(orderId);
      facts.forEach(onFact);
      listeners.add(onFact);
    },
    until: (orderId, holds, milliseconds) => waitFor(recordOf(orderId), holds, milliseconds),
  };
}

function waitFor(
  { facts, listeners }: Record,
  holds: (facts: readonly Sighting[]) => boolean,
  milliseconds: number,
): Promise<boolean> {
  if (holds(facts)) return Promise.resolve(true);
  return new Promise((done) => {
    const end = (held: boolean): void => {
      clearTimeout(timer);
      listeners.delete(look);
      done(held);
    };
    const look = (): void => {
      if (holds(facts)) end(true);
    };
    const timer = setTimeout(() => end(false), milliseconds);
    listeners.add(look);
  });
}

function sightingOf(envelope: Envelope): Sighting {
  const type = catalogue[envelope.type as FactName];
  if (type === undefined) throw new Error(`${envelope.type} is not a fact of the catalogue`);
  const { id, aggregate, version, time } = envelope;
  // The entry and the payload's type go together, which the compiler cannot see through a name known only now.
  const data = decodePayload(type as (typeof catalogue)["order.placed"], envelope) as Facts[FactName];
  return { fact: type.name, id, owner: type.owner, aggregate, version, time, data };
}
