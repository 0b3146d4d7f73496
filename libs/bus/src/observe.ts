// Looking on: facts as they are announced, seen by somebody who leaves nothing behind and acknowledges nothing.

import { type ConsumerMessages, DeliverPolicy, type JsMsg, jetstream, jetstreamManager } from "@nats-io/jetstream";
import type { Bus } from "./connect.js";
import { streamName } from "./streams.js";

/** A fact's message as an onlooker sees it. */
export interface Observed {
  /** Without the namespace: `order.placed`. */
  readonly type: string;
  readonly data: Uint8Array;
  readonly stream: string;
  readonly sequence: number;
}

export interface ObserveOptions {
  readonly bus: Bus;
  /** The services whose facts to look at. */
  readonly owners: readonly string[];
  /** Called for each fact announced from now on, in the order of its stream; the streams are not ordered among them. */
  readonly onFact: (fact: Observed) => void;
  /** Told of what the observation overcomes by itself, and of an onFact that threw. */
  readonly onTrouble?: (what: string, error: unknown) => void;
}

export interface Observation {
  /** Looks no longer. */
  stop(): Promise<void>;
}

/** Looks on by ephemeral ordered consumers. Resolves when every later fact will be seen; rejects when a stream is missing. */
export async function observe(options: ObserveOptions): Promise<Observation> {
  const { bus, owners } = options;
  const streams = owners.map((owner) => streamName(bus.namespace, owner));
  const watching = await Promise.all(streams.map((stream) => watch(options, stream)));
  return {
    stop: async () => {
      await Promise.all(watching.map((messages) => messages.close()));
    },
  };
}

async function watch({ bus, onFact, onTrouble }: ObserveOptions, stream: string): Promise<ConsumerMessages> {
  const manager = await jetstreamManager(bus.connection);
  const { state } = await manager.streams.info(stream);
  // By sequence: "new" would begin when the consumer is made, which is after this function resolves.
  const consumer = await jetstream(bus.connection).consumers.get(stream, {
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: state.last_seq + 1,
  });
  const callback = (message: JsMsg): void => {
    // What is thrown here would close the whole connection, silently.
    try {
      onFact({
        type: message.subject.slice(bus.namespace.length + 1),
        data: message.data,
        stream,
        sequence: message.seq,
      });
    } catch (error) {
      onTrouble?.(`an onlooker of ${stream} failed`, error);
    }
  };
  return await consumer.consume({ callback });
}
