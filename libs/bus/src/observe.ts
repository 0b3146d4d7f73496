// Looking on: facts as they are announced, seen by somebody who leaves nothing behind and acknowledges nothing.

import { DeliverPolicy, type JsMsg, jetstream } from "@nats-io/jetstream";
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
  // All are asked before the first is watched, so that a missing one leaves nobody watching the others.
  const infos = await Promise.all(streams.map((stream) => bus.manager.streams.info(stream)));
  const watching = await Promise.all(infos.map(({ config, state }) => watch(options, config.name, state.last_seq + 1)));
  return {
    stop: async () => {
      await Promise.all(watching.map((stopOne) => stopOne()));
    },
  };
}

/** From a sequence on: "new" would begin when the consumer is made, which may be late. Answers how to stop. */
async function watch(
  { bus, onFact, onTrouble }: ObserveOptions,
  stream: string,
  from: number,
): Promise<() => Promise<void>> {
  const begin = { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: from };
  const consumer = await jetstream(bus.connection).consumers.get(stream, begin);
  const callback = (message: JsMsg): void => {
    const type = message.subject.slice(bus.namespace.length + 1);
    // What is thrown here would close the whole connection, silently.
    try {
      onFact({ type, data: message.data, stream, sequence: message.seq });
    } catch (error) {
      onTrouble?.(`an onlooker of ${stream} failed`, error);
    }
  };
  const messages = await consumer.consume({ callback });
  return async () => {
    await messages.close();
    // By itself it goes after five minutes: that is for onlookers that were killed.
    await consumer.delete().catch((error: unknown) => onTrouble?.(`a consumer of ${stream} was left behind`, error));
  };
}
