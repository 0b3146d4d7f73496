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

/** Reads one ledger for the parts it was told to adopt. */
export class Reader {
  readonly #options: ReaderOptions;
  readonly #stuck = new Set<string>();
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
    return this.#stuck.has(aggregate);
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
    this.#stuck.clear();
  }

  stop(): void {
    this.#stopping = true;
  }

  /** Takes what the ledger has now; answers whether there is more. After an error `reset` is due. */
  async read(): Promise<boolean> {
    if (this.#parts.size === 0 || this.#options.lanes.size >= enough) {
      return false;
    }
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
      } else if (this.#stuck.has(fact.aggregate)) {
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
    const { store, lanes, progress, trouble } = this.#options;
    this.#stuck.add(lane.aggregate);
    const [first, ...rest] = lane.facts.map(({ id }) => id);
    if (first === undefined || !lanes.holds(lane)) {
      return;
    }
    trouble(`fact ${first} of ${lane.aggregate} is refused by the broker and waits for an operator`, new Error(reason));
    for (;;) {
      try {
        await putAside(store, [first], reason);
        await putAside(store, rest, `follows ${first}`);
        break;
      } catch (error) {
        trouble(`fact ${first} could not be put aside yet`, error);
        await pause(1_000);
      }
      if (this.#stopping || !lanes.holds(lane)) {
        return;
      }
    }
    if (lanes.holds(lane)) {
      this.#putAside += lane.facts.length;
      for (const fact of [...lane.facts]) {
        lanes.finish(lane);
        progress.close(fact.generation);
      }
    }
  }
}

function pause(millis: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, millis));
}
