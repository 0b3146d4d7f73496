// A travel agency: a saga outside the shop's domain, to test the library with. A flight, perhaps a car, a hotel.

import type { AnyDecision } from "@pavane/choreography";
import type { Catalogue, Codec, Context, FactType } from "@pavane/kernel";
import {
  type About,
  type Because,
  type Entry,
  replay,
  type Saga,
  saga,
  type SagaInputs,
  sagaTables,
} from "../src/index.js";

/** What a trip is. */
export interface Trip {
  readonly tripId: string;
  readonly who: string;
  readonly drives: boolean;
}
interface OfTrip {
  readonly trip: Trip;
}
type Refusal = OfTrip & Because;
type Command = OfTrip & { readonly step: number };

const steps = ["flight", "car", "hotel"] as const;
type Name = (typeof steps)[number];

type Facts = { readonly "trip.wanted": OfTrip; readonly "trip.paid": OfTrip; readonly "trip.dropped": Refusal } & {
  readonly "trip.drop": Refusal;
  readonly "trip.ready": OfTrip;
  readonly "trip.undone": Refusal & { readonly attempts: number };
} & { readonly [Key in `${Name}.book` | `${Name}.unbook`]: Command } & {
  readonly [Key in `${Name}.booked` | `${Name}.unbooked`]: OfTrip;
} & { readonly [Key in `${Name}.full`]: Refusal };

const json: Codec<never> = {
  encode: (data) => ({ finish: () => Buffer.from(JSON.stringify(data)) }),
  decode: (bytes) => JSON.parse(Buffer.from(bytes).toString()) as never,
  toJSON: (data) => data,
  fromJSON: (data) => data as never,
};

const own = /^trip\.(drop|ready|undone)$|\.(un)?book$/;
const names = [
  ...["trip.wanted", "trip.paid", "trip.dropped", "trip.drop", "trip.ready", "trip.undone"],
  ...steps.flatMap((step) => ["book", "unbook", "booked", "unbooked", "full"].map((verb) => `${step}.${verb}`)),
];

function fact(name: string): FactType<string, OfTrip> {
  const mine = own.test(name);
  return {
    ...{ name, owner: mine ? "agency" : "world", aggregate: mine ? "saga" : "world", forever: false, end: false },
    ...{ message: `toy.${name}`, codec: json },
    subjectOf: ({ trip }) => trip.tripId,
    orderIdOf: () => undefined,
  };
}

export const catalogue = Object.fromEntries(names.map((name) => [name, fact(name)])) as unknown as Catalogue<Facts>;

export const tables = sagaTables(json as unknown as Codec<Trip>);

const retry = { tries: 2, firstDelay: 1, factor: 3, maxDelay: 60 };

/** The saga; `decided` where a ticket office decides how it ends. */
export function tripSaga(decided: boolean): SagaInputs<Trip> {
  return saga({
    catalogue,
    tables,
    starts: "trip.wanted",
    steps: steps.map((name) => ({
      ...{
        name,
        command: `${name}.book` as const,
        succeeds: [`${name}.booked` as const],
        fails: [`${name}.full` as const],
      },
      ...{ compensation: `${name}.unbook` as const, compensated: [`${name}.unbooked` as const], timeout: 10, retry },
      ...(name === "car" ? { when: ({ drives }: Trip) => drives } : {}),
    })),
    ...(decided
      ? { decider: { cancel: "trip.drop" as const, completes: "trip.paid" as const, cancels: "trip.dropped" as const } }
      : {}),
    completed: "trip.ready",
    compensated: "trip.undone",
    idOf: ({ trip }: OfTrip) => trip.tripId,
    dataOf: ({ trip }: OfTrip) => trip,
    userIdOf: ({ who }: Trip) => who,
    ask: ({ data: trip, step }: About<Trip> & { readonly step: number }) => ({ trip, step }),
    wish: ({ data: trip, code, reason }: About<Trip> & Because) => ({ trip, code, reason }),
    done: ({ data: trip }: About<Trip>) => ({ trip }),
    undone: ({ data: trip, code, reason, attempts }: About<Trip> & Because & { readonly attempts: number }) => {
      return { trip, code, reason, attempts };
    },
  });
}

const noon = Date.parse("2026-06-01T12:00:00Z");

/** One saga in memory: told things at seconds after noon, it tells what it sends. */
export class Journey {
  saga: Saga<Trip> | undefined;
  readonly log: Entry<Trip>[] = [];
  readonly sent: string[] = [];
  readonly alarms: unknown[] = [];
  readonly trip: Trip;
  readonly #inputs: SagaInputs<Trip>;
  #seconds = 0;

  constructor({ decided = true, drives = true } = {}) {
    this.trip = { tripId: "trip-1", who: "ann", drives };
    this.#inputs = tripSaga(decided);
  }

  /** Lets so many seconds pass, and what is due come. */
  wait(seconds: number): this {
    this.#seconds += seconds;
    for (const due of this.#inputs.dues) this.#take(due.decide({ saga: this.saga }, "trip-1", this.#context()));
    return this;
  }

  /** Tells it a fact; the code is that of a refusal. */
  hears(on: string, code = "FULL"): this {
    const reaction = this.#inputs.reactions.find((one) => one.on === on);
    // A saga that decides itself hears nobody else's decision.
    if (reaction === undefined) return this;
    const heard = { trip: this.trip, ...(/full|dropped/.test(on) ? { code, reason: "sorry" } : {}) };
    this.#take(reaction.decide({ saga: this.saga }, heard, this.#context()), reaction.announces);
    return this;
  }

  retries(): this {
    const { decide } = this.#inputs.retry((row) => row);
    this.#take(decide({ saga: this.saga }, { sagaId: "trip-1" }, this.#context()));
    return this;
  }

  aborts(): this {
    const { decide } = this.#inputs.abort((row) => row);
    this.#take(decide({ saga: this.saga }, { sagaId: "trip-1", reason: "" }, this.#context()));
    return this;
  }

  /** What it has sent since the last time this was asked. */
  news(): string[] {
    return this.sent.splice(0);
  }

  /** How its steps stand: `flight SUCCEEDED/NONE`. */
  steps(): string[] {
    return (this.saga?.steps ?? []).map(({ name, state, compensation }) => `${name} ${state}/${compensation}`);
  }

  #context(): Context {
    return { now: new Date(noon + this.#seconds * 1000), id: `cause-${this.log.length}`, version: 0n };
  }

  #take({ next, events = [], effects = [] }: AnyDecision, announces?: readonly string[]): void {
    const before = this.saga;
    this.saga = (next?.["saga"] as Saga<Trip> | undefined) ?? before;
    this.log.push(...((next?.["log"] as Entry<Trip>[] | undefined) ?? []));
    this.sent.push(...events.map(({ type }) => type));
    this.alarms.push(...effects.map(({ input }) => input));
    const unlisted = events.filter(({ type }) => announces !== undefined && !announces.includes(type));
    if (unlisted.length > 0) throw new Error(`sends ${unlisted[0]?.type}, which its row does not list`);
    // What holds at every point of every test: the log says it all, and nothing changes without an entry.
    const again = replay(this.log);
    if (JSON.stringify(again, big) !== JSON.stringify(this.saga, big)) throw new Error("the log says something else");
    if (this.saga !== before && this.saga?.logged === before?.logged) throw new Error("changed without an entry");
  }
}

function big(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}
