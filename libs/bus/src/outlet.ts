// The outlet: sends the first fact of each free lane, many lanes at once, and deals with what the broker says.

import type { Receipt } from "@pavane/store";
import type { Bus } from "./connect.js";
import type { Fact, Lane, Lanes } from "./lanes.js";
import { type Outcome, Publisher } from "./publish.js";
import { ensureStream, type FactNames, type StreamLimits, type StreamState, subjectName } from "./streams.js";

export interface OutletOptions {
  readonly bus: Bus;
  readonly catalogue: FactNames;
  readonly service: string;
  readonly streamLimits: StreamLimits;
  readonly inFlight: number;
  readonly lanes: Lanes;
  /** Whether a part may be published now. Asked before each publish. */
  readonly leased: (part: number) => boolean;
  /** The broker has the first fact of the lane. */
  readonly arrived: (lane: Lane, fact: Fact, receipt: Receipt) => void;
  /** The broker will never take the first fact of the lane, which stays busy. */
  readonly refused: (lane: Lane, reason: string) => void;
  readonly trouble: (what: string, error: unknown) => void;
}

/** How often a fact nobody listened for is sent again before the stream's subjects are looked at. */
const patience = 5;

/** Publishes what the lanes hold. It needs to be told by `pump` when there is something new. */
export class Outlet {
  readonly #options: OutletOptions;
  readonly #publisher: Publisher;
  readonly #unwatch: () => void;
  readonly #retries = new Set<NodeJS.Timeout>();
  #stream: StreamState | undefined;
  #ensuring: Promise<void> | undefined;
  #inFlight = 0;
  #stopping = false;

  constructor(options: OutletOptions) {
    this.#options = options;
    this.#publisher = new Publisher(options.bus.connection);
    this.#unwatch = options.bus.watch((connected) => {
      // The stream may be another one when the server is back: its receipts must not be mixed.
      this.#stream = undefined;
      if (connected) {
        void this.#keepEnsuring();
      }
    });
  }

  /** Facts sent and not answered. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Makes the stream. */
  async ensure(): Promise<void> {
    const { bus, catalogue, service, streamLimits } = this.#options;
    this.#stream = await ensureStream(bus, catalogue, service, streamLimits);
  }

  /** Sends whatever may be sent now. */
  pump(): void {
    const { lanes, bus, inFlight } = this.#options;
    while (this.#inFlight < inFlight && bus.connected && this.#stream && !this.#stopping) {
      const lane = lanes.next();
      if (lane === undefined) {
        return;
      }
      const fact = lane.facts[0];
      if (fact?.message === undefined || !this.#options.leased(fact.part)) {
        // No valid lease: whoever renews it pumps again, and whoever loses it drops the lane.
        lanes.free(lane);
        return;
      }
      this.#send(lane, fact, fact.message);
    }
  }

  /** Sends nothing more, and waits for the answers to what was sent. */
  async stop(deadline: number): Promise<void> {
    this.#stopping = true;
    while (this.#inFlight > 0 && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    this.#unwatch();
    for (const timer of this.#retries) {
      clearTimeout(timer);
    }
    this.#publisher.close();
  }

  #send(lane: Lane, fact: Fact, message: Uint8Array): void {
    const subject = subjectName(this.#options.bus.namespace, fact.type);
    this.#inFlight++;
    this.#publisher.publish(subject, fact.id, message, (outcome) => {
      this.#inFlight--;
      this.#settle(lane, fact, outcome);
      this.pump();
    });
  }

  #settle(lane: Lane, fact: Fact, outcome: Outcome): void {
    const stream = this.#stream;
    if (outcome.how === "refused") {
      this.#options.refused(lane, outcome.reason);
    } else if (outcome.how === "acknowledged" && stream) {
      this.#options.arrived(lane, fact, {
        stream: outcome.stream,
        streamCreated: stream.created,
        position: fact.position,
        sequence: outcome.sequence,
      });
    } else {
      // An ack while it is not known which stream that was is not believed: the fact is sent again, and kept once.
      fact.failures++;
      if (outcome.how === "unheard") {
        this.#stream = undefined;
        void this.#keepEnsuring();
      } else if (outcome.how === "trouble") {
        this.#options.trouble(`fact ${fact.id} was not acknowledged`, new Error(outcome.reason));
      }
      this.#retry(lane, fact, outcome.how === "unheard" && fact.failures >= patience);
    }
  }

  #retry(lane: Lane, fact: Fact, look: boolean): void {
    const timer = setTimeout(
      () => {
        this.#retries.delete(timer);
        void this.#tryAgain(lane, fact, look);
      },
      Math.min(1_000, 25 * 2 ** fact.failures),
    );
    this.#retries.add(timer);
  }

  async #tryAgain(lane: Lane, fact: Fact, look: boolean): Promise<void> {
    if (look && this.#stream && (await this.#nobodyListens(fact.type))) {
      this.#options.refused(lane, `no stream takes ${fact.type}: it is not in the catalogue's facts of this service`);
      return;
    }
    this.#options.lanes.free(lane);
    this.pump();
  }

  async #nobodyListens(type: string): Promise<boolean> {
    const { bus } = this.#options;
    try {
      const names = await bus.manager.streams.names(subjectName(bus.namespace, type)).next();
      return names.length === 0;
    } catch {
      return false;
    }
  }

  async #keepEnsuring(): Promise<void> {
    this.#ensuring ??= this.#ensureForLong().finally(() => {
      this.#ensuring = undefined;
    });
    await this.#ensuring;
  }

  async #ensureForLong(): Promise<void> {
    const { bus } = this.#options;
    while (!this.#stopping && !this.#stream && bus.connected) {
      try {
        await this.ensure();
        this.pump();
      } catch (error) {
        this.#options.trouble("the stream is not to be had", error);
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
    }
  }
}
