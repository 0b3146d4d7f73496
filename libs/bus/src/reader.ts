// The reader: takes from the ledger what the fast path did not, and puts it into the lanes in order.

import {
  Finder,
  type FoundFact,
  type FoundMessage,
  type Identity,
  type Leases,
  putAside,
  readMessages,
  type Store,
  stuckAmong,
} from "@pavane/store";
import type { Fact, Lane, Lanes } from "./lanes.js";
import type { Progress } from "./progress.js";

export interface ReaderOptions {
  readonly store: Store;
  readonly lanes: Lanes;
  readonly progress: Progress;
  readonly leases: Leases;
  /** There is something in the lanes. */
  readonly filled: () => void;
  readonly trouble: (what: string, error: unknown) => void;
}

/** Facts in memory above which no more are read. */
export const enough = 20_000;
const chunk = 500;
/** How often it is looked whether stuck facts have been dealt with. */
const stuckMillis = 10_000;

/** Reads one ledger for the parts it was told to adopt. */
export class Reader {
  readonly #options: ReaderOptions;
  #stuck = new Set<string>();
  #stuckAt = 0;
  /** Aggregates whose facts are just being put aside. */
  readonly #settingAside = new Set<string>();
  #finder: Finder;
  #parts = new Set<number>();
  #stopping = false;
  #putAside = 0;

  constructor(options: ReaderOptions) {
    this.#options = options;
    this.#finder = new Finder(options.store);
  }

  /** The database as it was last seen. */
  get identity(): Identity | undefined {
    return this.#finder.identity;
  }

  /** Facts put aside since the start. */
  get putAside(): number {
    return this.#putAside;
  }

  /** Whether a fact of this aggregate was put aside: its later ones follow. */
  isStuck(aggregate: string): boolean {
    return this.#stuck.has(aggregate) || this.#settingAside.has(aggregate);
  }

  /** Starts reading parts from their newest stored cursors. */
  async adopt(parts: readonly number[]): Promise<void> {
    for (const aggregate of await stuckAmong(this.#options.store, parts)) {
      this.#stuck.add(aggregate);
    }
    await this.#finder.adopt(parts);
    for (const part of parts) {
      this.#parts.add(part);
    }
  }

  /** Stops reading parts, and forgets what waits of them: their next holder finds it in the ledger. */
  drop(parts: ReadonlySet<number>): void {
    const { lanes, progress } = this.#options;
    this.#finder.drop([...parts]);
    for (const fact of lanes.drop(parts)) {
      progress.close(fact.generation);
    }
    progress.drop(parts);
    this.#parts = new Set([...this.#parts].filter((part) => !parts.has(part)));
  }

  /** Forgets everything, as after trouble with the database: all parts are to be adopted again. */
  reset(): void {
    this.#options.lanes.drop();
    this.#options.progress.reset();
    this.#finder = new Finder(this.#options.store);
    this.#parts.clear();
    this.#stuck = new Set();
  }

  stop(): void {
    this.#stopping = true;
  }

  /** Takes what the ledger has now; answers whether there is more. After an error `reset` is due. */
  async read(): Promise<boolean> {
    if (this.#parts.size === 0 || this.#options.lanes.pending >= enough) {
      return false;
    }
    await this.#refreshStuck();
    const { lanes, progress } = this.#options;
    const { facts, cursors, more } = await this.#finder.poll();
    const generation = progress.begin(cursors);
    const unknown: FoundFact[] = [];
    for (const found of facts) {
      const known = lanes.fact(found.position);
      if (known === undefined) {
        progress.open(generation);
        unknown.push(found);
      } else if (known.generation === undefined) {
        this.#take(known, generation);
      }
    }
    for (let start = 0; start < unknown.length && !this.#stopping; start += chunk) {
      await this.#room();
      await this.#load(unknown.slice(start, start + chunk), generation);
    }
    return more;
  }

  /** The fast path brought it first; it counts as taken from now on. */
  #take(fact: Fact, generation: number): void {
    fact.generation = generation;
    if (fact.done) {
      this.#options.lanes.forget(fact);
    } else {
      this.#options.progress.open(generation);
    }
  }

  async #room(): Promise<void> {
    while (this.#options.lanes.pending >= enough && !this.#stopping) {
      await pause(20);
    }
  }

  async #load(found: readonly FoundFact[], generation: number): Promise<void> {
    const { store, lanes, progress } = this.#options;
    const messages = new Map<bigint, FoundMessage>();
    for (const message of await readMessages(
      store,
      found.map(({ id }) => id),
    )) {
      messages.set(message.position, message);
    }
    const aside: FoundFact[] = [];
    for (const fact of found) {
      const known = lanes.fact(fact.position);
      const message = messages.get(fact.position);
      if (known) {
        progress.close(generation);
        this.#take(known, generation);
      } else if (message === undefined || !this.#options.leases.held.has(fact.part)) {
        progress.close(generation);
      } else if (this.isStuck(fact.aggregate)) {
        aside.push(fact);
      } else {
        lanes.add({ ...fact, ...message, since: performance.now(), generation, done: false, failures: 0 });
      }
    }
    this.#options.filled();
    await this.#follow(aside, generation);
  }

  /** Later facts of an aggregate that has a stuck one go the same way, in order. */
  async #follow(aside: readonly FoundFact[], generation: number): Promise<void> {
    if (aside.length > 0) {
      await putAside(
        this.#options.store,
        aside.map(({ id }) => id),
        "follows a stuck fact of its aggregate",
      );
      this.#putAside += aside.length;
      for (const _ of aside) {
        this.#options.progress.close(generation);
      }
    }
  }

  /** The broker refused the first fact of a lane for good: it and all behind it are put aside, and the lane ends. */
  async setAside(lane: Lane, reason: string): Promise<void> {
    const { lanes, progress, trouble } = this.#options;
    const first = lane.facts[0];
    if (first === undefined || !lanes.holds(lane)) {
      return;
    }
    trouble(
      `fact ${first.id} of ${lane.aggregate} is refused by the broker and waits for an operator`,
      new Error(reason),
    );
    // From here on nothing more comes into the lane.
    this.#settingAside.add(lane.aggregate);
    while (lanes.holds(lane) && !this.#stopping) {
      if (await this.#wroteAside(lane, first, reason)) {
        this.#stuck.add(lane.aggregate);
        this.#putAside += lane.facts.length;
        for (const fact of [...lane.facts]) {
          lanes.finish(lane);
          progress.close(fact.generation);
        }
        break;
      }
      await pause(1_000);
    }
    this.#settingAside.delete(lane.aggregate);
  }

  async #wroteAside(lane: Lane, first: Fact, reason: string): Promise<boolean> {
    const { store, lanes, trouble } = this.#options;
    const rest = lane.facts.slice(1).map(({ id }) => id);
    try {
      await putAside(store, [first.id], reason);
      await putAside(store, rest, `follows ${first.id}`);
      return lanes.holds(lane);
    } catch (error) {
      trouble(`fact ${first.id} could not be put aside yet`, error);
      return false;
    }
  }

  /** An operator may have taken facts out again: their aggregates go on. */
  async #refreshStuck(): Promise<void> {
    if (this.#stuck.size > 0 && performance.now() - this.#stuckAt > stuckMillis) {
      this.#stuckAt = performance.now();
      this.#stuck = await stuckAmong(this.#options.store, [...this.#parts]);
    }
  }
}

function pause(millis: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, millis));
}
