// Hearing another service's facts: one durable pull consumer for each pair of hearer and owner.

import {
  AckPolicy,
  type ConsumerConfig,
  type ConsumerMessages,
  DeliverPolicy,
  JetStreamApiError,
  type JsMsg,
  jetstream,
} from "@nats-io/jetstream";
import { nanos } from "@nats-io/nats-core";
import type { Bus } from "./connect.js";
import { ensureStream, type FactNames, type StreamLimits, streamName, subjectName } from "./streams.js";

/** A message as the broker delivered it. */
export interface Message {
  /** With the namespace: `pavane.order.placed`. */
  readonly subject: string;
  /** Without: `order.placed`. */
  readonly type: string;
  readonly data: Uint8Array;
  readonly stream: string;
  readonly sequence: number;
  readonly redelivered: boolean;
  /**
   * To be called after the commit only. Until then the message is in hand, and its redeliveries are not handed over. The
   * ack leaves within 25 ms, with others: a process killed before is given the message again.
   */
  ack(): void;
  /** Out of hand without an ack: the broker delivers it again, to any replica. */
  giveBack(): void;
}

export interface SubscriptionOptions {
  readonly bus: Bus;
  readonly catalogue: FactNames;
  /** The service that hears. */
  readonly hearer: string;
  /** The service whose facts it hears. */
  readonly owner: string;
  /** The facts it reacts to. */
  readonly types: readonly string[];
  /** Called for each message, in the stream's order, within the library's callback: hand it over, do not wait. */
  readonly onMessage: (message: Message) => void;
  /** Messages delivered and not acknowledged, at most, over all replicas; 2,000 by default. It bounds what waits here. */
  readonly maxAckPending?: number;
  /** How long the broker waits for an ack before another replica gets the message; 8,000 by default. */
  readonly ackWaitMillis?: number;
  readonly streamLimits?: StreamLimits;
  /** Told of what the subscription overcomes by itself. */
  readonly onTrouble?: (what: string, error: unknown) => void;
}

export interface Subscription {
  /** Holds messages back; they are handed over on `resume`. */
  pause(): void;
  resume(): void;
  /** Pulls no more. What was handed over may still be acknowledged; the rest goes to another replica. */
  stop(): Promise<void>;
}

/** Subscribes; resolves when the durable exists. Stream and durable are made again when the broker lost them. */
export async function subscribe(options: SubscriptionOptions): Promise<Subscription> {
  const subscription = new DurableSubscription(options);
  await subscription.open();
  return subscription;
}

const consumerNotFound = 10014;
/** How long an ack waits for others. */
const ackMillis = 25;

class DurableSubscription implements Subscription {
  readonly #options: SubscriptionOptions;
  readonly #stream: string;
  readonly #durable: string;
  readonly #types: ReadonlySet<string>;
  /** Handed over or held back, and not acknowledged, by sequence: a redelivery of one of these is not handed over again. */
  readonly #inHand = new Map<number, JsMsg>();
  readonly #held: JsMsg[] = [];
  readonly #acks: JsMsg[] = [];
  #acking: NodeJS.Timeout | undefined;
  #messages: ConsumerMessages | undefined;
  #created = "";
  #paused = false;
  #stopped = false;

  constructor(options: SubscriptionOptions) {
    this.#options = options;
    this.#stream = streamName(options.bus.namespace, options.owner);
    this.#durable = `${options.hearer}_hears_${options.owner}`;
    this.#types = new Set(options.types);
  }

  async open(): Promise<void> {
    const { bus, catalogue, owner, streamLimits } = this.#options;
    const { created } = await ensureStream(bus, catalogue, owner, streamLimits);
    if (created !== this.#created) {
      // Another stream: its sequences are not those that are in hand.
      this.#created = created;
      this.#inHand.clear();
    }
    await this.#ensureDurable();
    const consumer = await jetstream(bus.connection).consumers.get(this.#stream, this.#durable);
    const messages = await consumer.consume({
      max_messages: Math.min(1_000, this.#options.maxAckPending ?? 2_000),
      expires: 10_000,
      idle_heartbeat: 2_500,
      abort_on_missing_resource: true,
      callback: (message) => this.#receive(message),
    });
    this.#messages = messages;
    void messages.closed().then((error) => this.#reopen(error ?? undefined));
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    for (let held = this.#held.shift(); held !== undefined && !this.#paused; held = this.#held.shift()) {
      this.#hand(held);
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#sendAcks();
    await this.#messages?.close();
    for (const held of this.#held.splice(0)) {
      held.nak();
    }
  }

  async #ensureDurable(): Promise<void> {
    const { bus, maxAckPending = 2_000, ackWaitMillis = 8_000 } = this.#options;
    const subjects = [...this.#types].map((type) => subjectName(bus.namespace, type));
    const wanted = {
      ack_policy: AckPolicy.Explicit,
      ack_wait: nanos(ackWaitMillis),
      max_deliver: -1,
      max_ack_pending: maxAckPending,
      // Without filter lists everything is taken, and what is not wanted acknowledged unread.
      ...(bus.filterLists ? { filter_subjects: subjects } : {}),
    };
    try {
      const { config } = await bus.manager.consumers.info(this.#stream, this.#durable);
      if (differs(config, wanted)) {
        await bus.manager.consumers.update(this.#stream, this.#durable, { ...config, ...wanted });
      }
    } catch (error) {
      if (!(error instanceof JetStreamApiError && error.code === consumerNotFound)) {
        throw error;
      }
      const durable = { durable_name: this.#durable, deliver_policy: DeliverPolicy.All, ...wanted };
      await bus.manager.consumers.add(this.#stream, durable);
    }
  }

  /** Called within the library: an exception would end the subscription. */
  #receive(message: JsMsg): void {
    try {
      const type = this.#typeOf(message.subject);
      if (type === undefined || !this.#types.has(type)) {
        message.ack();
        return;
      }
      const sequence = message.seq;
      const again = this.#inHand.has(sequence);
      this.#inHand.set(sequence, message);
      if (again) {
        return;
      }
      if (this.#paused) {
        this.#held.push(message);
      } else {
        this.#hand(message);
      }
    } catch (error) {
      this.#options.onTrouble?.("a message could not be handed over; the broker will send it again", error);
    }
  }

  #hand(message: JsMsg): void {
    const sequence = message.seq;
    const created = this.#created;
    try {
      this.#options.onMessage({
        subject: message.subject,
        type: this.#typeOf(message.subject) ?? message.subject,
        data: message.data,
        stream: this.#stream,
        sequence,
        redelivered: message.redelivered,
        ack: () => this.#ack(this.#leave(sequence, created)),
        giveBack: () => this.#leave(sequence, created)?.nak(),
      });
    } catch (error) {
      this.#inHand.delete(sequence);
      this.#options.onTrouble?.("a message was not accepted; the broker will send it again", error);
    }
  }

  /** What came last under this sequence, out of hand now; undefined when there is nobody to answer. */
  #leave(sequence: number, created: string): JsMsg | undefined {
    const latest = created === this.#created ? this.#inHand.get(sequence) : undefined;
    if (latest) this.#inHand.delete(sequence);
    return this.#options.bus.connection.isClosed() ? undefined : latest;
  }

  /** Nobody waits for an ack: many in one write spare the broker most of its reads. */
  #ack(message: JsMsg | undefined): void {
    if (message === undefined) return;
    this.#acks.push(message);
    if (this.#stopped) this.#sendAcks();
    else this.#acking ??= setTimeout(() => this.#sendAcks(), ackMillis);
  }

  #sendAcks(): void {
    clearTimeout(this.#acking);
    this.#acking = undefined;
    for (const message of this.#acks.splice(0)) {
      if (!this.#options.bus.connection.isClosed()) message.ack();
    }
  }

  #typeOf(subject: string): string | undefined {
    const prefix = `${this.#options.bus.namespace}.`;
    return subject.startsWith(prefix) ? subject.slice(prefix.length) : undefined;
  }

  /** The consumer ended by itself: the stream or the durable is gone, or the connection. */
  async #reopen(reason: Error | undefined): Promise<void> {
    let error: unknown = reason;
    while (!this.#stopped && !this.#options.bus.connection.isClosed()) {
      this.#options.onTrouble?.(`${this.#durable} was lost and is made again`, error);
      try {
        await this.open();
        return;
      } catch (failure) {
        error = failure;
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
    }
  }
}

function differs(config: ConsumerConfig, wanted: Partial<ConsumerConfig>): boolean {
  const list = (subjects: string[] | undefined) => [...(subjects ?? [])].sort().join(" ");
  const subjects = list(config.filter_subject ? [config.filter_subject] : config.filter_subjects);
  return (
    subjects !== list(wanted.filter_subjects) ||
    config.ack_wait !== wanted.ack_wait ||
    config.max_ack_pending !== wanted.max_ack_pending
  );
}
