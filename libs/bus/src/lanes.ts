// The facts a relay holds in memory: a lane for each aggregate, in version order, with one fact in flight at a time.

/** A committed fact on its way to the broker. */
export interface Fact {
  readonly position: bigint;
  readonly id: string;
  readonly part: number;
  readonly aggregate: string;
  readonly version: bigint;
  readonly type: string;
  /** Dropped when the broker has it. */
  message: Uint8Array | undefined;
  /** When the relay first heard of it, by the monotonic clock. */
  readonly since: number;
  /** The reading of the ledger that found it; undefined while only the fast path knows it. */
  generation: number | undefined;
  /** The broker has it, or it was put aside. */
  done: boolean;
  /** Times it was sent in vain. */
  failures: number;
}

/** An aggregate's facts that wait, the first of them perhaps in flight. */
export interface Lane {
  readonly aggregate: string;
  readonly part: number;
  readonly facts: Fact[];
  /** The highest version that is in this lane or has gone through it. */
  last: bigint;
  /** In flight, waiting to be tried again, or being put aside. */
  busy: boolean;
}

const idleLanes = 50_000;

/** All lanes of a relay. */
export class Lanes {
  readonly #facts = new Map<bigint, Fact>();
  readonly #lanes = new Map<string, Lane>();
  readonly #ready = new Set<Lane>();
  #pending = 0;

  /** Facts that are not done. */
  get pending(): number {
    return this.#pending;
  }

  /** Facts held, done ones that the ledger has not shown yet included. */
  get size(): number {
    return this.#facts.size;
  }

  fact(position: bigint): Fact | undefined {
    return this.#facts.get(position);
  }

  /** The highest version of an aggregate that waits here or has gone through; 0 when nothing is known of it. */
  last(aggregate: string): bigint {
    return this.#lanes.get(aggregate)?.last ?? 0n;
  }

  /** Puts a fact at the end of its lane. */
  add(fact: Fact): void {
    this.#facts.set(fact.position, fact);
    this.#pending++;
    const lane = this.#lane(fact);
    lane.facts.push(fact);
    lane.last = fact.version > lane.last ? fact.version : lane.last;
    if (!lane.busy) {
      this.#ready.add(lane);
    }
  }

  /** The next lane whose first fact may be sent; it is busy from now on. */
  next(): Lane | undefined {
    for (const lane of this.#ready) {
      this.#ready.delete(lane);
      lane.busy = true;
      return lane;
    }
    return undefined;
  }

  /** The lane may go on with its next fact, or try the same again. */
  free(lane: Lane): void {
    lane.busy = false;
    if (this.holds(lane) && lane.facts.length > 0) {
      this.#ready.add(lane);
    }
  }

  /** False for a lane that was dropped while its fact was in flight. */
  holds(lane: Lane): boolean {
    return this.#lanes.get(lane.aggregate) === lane;
  }

  /** The first fact of a lane has arrived. */
  finish(lane: Lane): void {
    const fact = lane.facts.shift();
    if (fact) {
      this.#settle(fact);
    }
  }

  /** The ledger has shown a fact that is done: it need not be remembered. */
  forget(fact: Fact): void {
    this.#facts.delete(fact.position);
  }

  /** Drops the lanes of these parts (all of them when not given); answers the facts that were not done. */
  drop(parts?: ReadonlySet<number>): Fact[] {
    const dropped: Fact[] = [];
    for (const [position, fact] of this.#facts) {
      if (parts === undefined || parts.has(fact.part)) {
        this.#facts.delete(position);
        if (!fact.done) {
          this.#pending--;
          dropped.push(fact);
        }
      }
    }
    for (const [aggregate, lane] of this.#lanes) {
      if (parts === undefined || parts.has(lane.part)) {
        this.#lanes.delete(aggregate);
        this.#ready.delete(lane);
      }
    }
    return dropped;
  }

  /** When the oldest fact that is not done was first heard of. */
  oldest(): number | undefined {
    for (const fact of this.#facts.values()) {
      if (!fact.done) {
        return fact.since;
      }
    }
    return undefined;
  }

  #settle(fact: Fact): void {
    fact.done = true;
    fact.message = undefined;
    this.#pending--;
    if (fact.generation !== undefined) {
      this.#facts.delete(fact.position);
    }
  }

  #lane(fact: Fact): Lane {
    let lane = this.#lanes.get(fact.aggregate);
    if (lane === undefined) {
      lane = { aggregate: fact.aggregate, part: fact.part, facts: [], last: 0n, busy: false };
      this.#evict();
    } else {
      // The map's order is that of last use: the idle ones come first.
      this.#lanes.delete(fact.aggregate);
    }
    this.#lanes.set(fact.aggregate, lane);
    return lane;
  }

  /** Forgets the aggregates that were quiet longest: their next fact goes the way over the ledger. */
  #evict(): void {
    if (this.#lanes.size < idleLanes) {
      return;
    }
    let checked = 0;
    for (const [aggregate, lane] of this.#lanes) {
      if (!lane.busy && lane.facts.length === 0) {
        this.#lanes.delete(aggregate);
      }
      if (++checked >= 100) {
        return;
      }
    }
  }
}
