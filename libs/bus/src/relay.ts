// The relay: moves committed facts from the outbox to the broker, in version order, and keeps the receipts.

import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { type AppendedFact, type Beat, type Leases, openLeases, type Store } from "@pavane/store";
import type { Bus } from "./connect.js";
import { type Fact, type Lane, Lanes } from "./lanes.js";
import { Outlet } from "./outlet.js";
import { Progress } from "./progress.js";
import { enough, Reader } from "./reader.js";
import { Scribe } from "./scribe.js";
import type { FactNames, StreamLimits } from "./streams.js";
import { Waker } from "./waker.js";

export interface RelayOptions {
  readonly store: Store;
  readonly bus: Bus;
  readonly catalogue: FactNames;
  /** The service whose facts these are: the owner of the stream. */
  readonly service: string;
  /** Names this process; unique by default. */
  readonly replica?: string;
  readonly streamLimits?: StreamLimits;
  /** How long a lease holds without a heartbeat; 5,000 by default. */
  readonly leaseMillis?: number;
  /** How often the ledger is read when nobody wakes the relay; 250 by default. */
  readonly pollMillis?: number;
  /** Facts being published at once, at most; 2,000 by default. */
  readonly inFlight?: number;
  /** Told of what the relay overcomes by itself, and of facts that were put aside as stuck. */
  readonly onTrouble?: (what: string, error: unknown) => void;
}

export interface RelayStats {
  /** Facts acknowledged by the broker since the start. */
  readonly published: number;
  /** Facts put aside for an operator since the start. */
  readonly stuck: number;
  /** Facts taken or offered and not acknowledged yet. */
  readonly pending: number;
  /** Age of the oldest pending fact in milliseconds. */
  readonly lagMillis: number;
  /** Parts of the ledger that this replica publishes. */
  readonly parts: number;
}

export interface Relay {
  /** Hands over facts just committed by this process, in the order they were appended: the fast path. Never throws. */
  offer(facts: readonly AppendedFact[]): void;
  /** Reads the ledger now. */
  wake(): void;
  stats(): RelayStats;
  /** Publishes what is in flight, writes receipts and cursor, hands the leases back. */
  stop(deadlineMillis?: number): Promise<void>;
}

/** Starts publishing a service's ledger; resolves when the stream exists and the first leases were asked for. */
export async function startRelay(options: RelayOptions): Promise<Relay> {
  const relay = new LedgerRelay(options);
  try {
    await relay.start();
    return relay;
  } catch (error) {
    await relay.stop(0);
    throw error;
  }
}

/** Beyond the deadline for what is in flight: to write receipts and cursor and to hand the leases back. */
const graceMillis = 1_000;
/** Between two readings, however often it is woken. */
const breathMillis = 5;

class LedgerRelay implements Relay {
  readonly #options: RelayOptions;
  readonly #leases: Leases;
  readonly #lanes = new Lanes();
  readonly #progress = new Progress();
  readonly #outlet: Outlet;
  readonly #reader: Reader;
  readonly #scribe: Scribe;
  readonly #waker: Waker;
  /** The parts that are read, each with the token of the lease under which it was adopted. */
  readonly #read = new Map<number, bigint>();
  #beat: Pick<Beat, "surplus" | "wanted"> = { surplus: [], wanted: 0 };
  #beating: NodeJS.Timeout | undefined;
  #stopping = false;
  #loop: Promise<void> = Promise.resolve();
  #published = 0;

  constructor(options: RelayOptions) {
    this.#options = options;
    const { store, bus, service, leaseMillis = 5_000 } = options;
    const replica = options.replica ?? `${hostname()}-${process.pid}-${randomBytes(3).toString("hex")}`;
    const [lanes, progress] = [this.#lanes, this.#progress];
    const trouble = (what: string, error: unknown) => options.onTrouble?.(what, error);
    const leases = openLeases({ store, replica, leaseMillis });
    this.#leases = leases;
    this.#reader = new Reader({ store, lanes, progress, leases, trouble, filled: () => this.#outlet.pump() });
    this.#outlet = new Outlet({
      bus,
      catalogue: options.catalogue,
      service,
      streamLimits: options.streamLimits ?? {},
      inFlight: options.inFlight ?? 2_000,
      lanes,
      leased: (part) => leases.valid(part),
      arrived: (lane, fact, receipt) => {
        progress.receipts.push(receipt);
        this.#arrived(lane, fact);
      },
      refused: (lane, reason) => void this.#reader.setAside(lane, reason),
      trouble,
    });
    this.#scribe = new Scribe({ store, replica, leases, progress, trouble, identity: () => this.#reader.identity });
    this.#waker = new Waker(bus, service, (part) => leases.held.has(part));
  }

  async start(): Promise<void> {
    await this.#outlet.ensure();
    await this.#heartbeat();
    await this.#rebalance();
    this.#beating = setInterval(
      () => {
        this.#heartbeat().catch((error: unknown) => this.#options.onTrouble?.("no heartbeat could be written", error));
      },
      (this.#options.leaseMillis ?? 5_000) / 5,
    );
    this.#loop = this.#run();
  }

  offer(facts: readonly AppendedFact[]): void {
    for (const fact of facts) {
      if (!this.#leases.valid(fact.part)) {
        this.#waker.tell(fact.part);
      } else {
        this.#accept(fact);
      }
    }
    this.#outlet.pump();
  }

  wake(): void {
    this.#waker.wake();
  }

  stats(): RelayStats {
    const oldest = this.#lanes.oldest();
    return {
      published: this.#published,
      stuck: this.#reader.putAside,
      pending: this.#lanes.pending,
      lagMillis: oldest === undefined ? 0 : Math.round(performance.now() - oldest),
      parts: this.#leases.held.size,
    };
  }

  async stop(deadlineMillis = 5_000): Promise<void> {
    this.#stopping = true;
    this.#reader.stop();
    this.#waker.stop();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, deadlineMillis + graceMillis);
    });
    await Promise.race([this.#finish(performance.now() + deadlineMillis), late]);
    clearTimeout(timer);
    clearInterval(this.#beating);
  }

  async #finish(deadline: number): Promise<void> {
    await Promise.all([this.#loop, this.#outlet.stop(deadline)]);
    clearInterval(this.#beating);
    await this.#scribe.stop();
    try {
      await this.#leases.leave();
    } catch (error) {
      this.#options.onTrouble?.("the leases could not be handed back, and run out by themselves", error);
    }
  }

  /** Only what surely follows the aggregate's published facts; the rest is found in the ledger. */
  #accept(fact: AppendedFact): void {
    const last = this.#lanes.last(fact.aggregate);
    if (fact.version <= last || this.#lanes.fact(fact.position)) {
      return;
    }
    if (fact.version > last + 1n || this.#reader.isStuck(fact.aggregate) || this.#lanes.size >= enough) {
      this.#waker.wake();
      return;
    }
    this.#lanes.add({ ...fact, since: performance.now(), generation: undefined, done: false, failures: 0 });
  }

  #arrived(lane: Lane, fact: Fact): void {
    this.#published++;
    // A lane that was dropped meanwhile is another's, or is read again.
    if (this.#lanes.holds(lane)) {
      this.#lanes.finish(lane);
      this.#progress.close(fact.generation);
      this.#lanes.free(lane);
    }
  }

  async #run(): Promise<void> {
    let failures = 0;
    while (!this.#stopping) {
      try {
        await this.#rebalance();
        const more = await this.#reader.read();
        failures = 0;
        await this.#waker.sleep(more ? 0 : breathMillis, more ? 0 : (this.#options.pollMillis ?? 250));
      } catch (error) {
        // What was read is void: every part is read again from its stored cursor.
        this.#read.clear();
        this.#reader.reset();
        this.#options.onTrouble?.("the ledger could not be read; everything is read again from the cursor", error);
        await this.#waker.sleep(Math.min(2_000, 100 * 2 ** failures++), 2_000);
      }
    }
  }

  async #heartbeat(): Promise<void> {
    const { lost, surplus, wanted } = await this.#leases.beat();
    this.#beat = { surplus, wanted };
    if (lost.length > 0 || surplus.length > 0 || wanted > 0) {
      this.#waker.wake();
    }
    this.#outlet.pump();
  }

  /** Carries out what the last heartbeat found; between two readings only. */
  async #rebalance(): Promise<void> {
    const { surplus, wanted } = this.#beat;
    this.#beat = { surplus: [], wanted: 0 };
    await this.#follow();
    if (surplus.length > 0) {
      await this.#leases.release(surplus);
    }
    if (wanted > 0) {
      await this.#leases.take(wanted);
    }
    await this.#follow();
  }

  /** What is read is what is held, by the token of each lease: one that was lost and taken again is read anew. */
  async #follow(): Promise<void> {
    const { held } = this.#leases;
    const gone = [...this.#read].filter(([part, token]) => held.get(part) !== token).map(([part]) => part);
    if (gone.length > 0) {
      this.#reader.drop(new Set(gone));
      for (const part of gone) {
        this.#read.delete(part);
      }
    }
    const fresh = [...held].filter(([part]) => !this.#read.has(part));
    if (fresh.length > 0) {
      await this.#reader.adopt(fresh.map(([part]) => part));
      for (const [part, token] of fresh) {
        this.#read.set(part, token);
      }
    }
  }
}
