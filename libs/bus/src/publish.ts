// Publishing with acknowledgements multiplexed over one reply subscription: no request and no promise a message.

import { createInbox, headers, type Msg, type NatsConnection, type Subscription } from "@nats-io/nats-core";

/** What became of a message. */
export type Outcome =
  | { readonly how: "acknowledged"; readonly stream: string; readonly sequence: number }
  /** It can never be taken: too large, or refused by a rule of the stream. */
  | { readonly how: "refused"; readonly reason: string }
  /** Nobody takes messages on this subject now: no stream, or no JetStream behind it. */
  | { readonly how: "unheard" }
  /** It may have been taken or not; sent again under the same id it is kept once. */
  | { readonly how: "trouble"; readonly reason: string };

type Settle = (outcome: Outcome) => void;

interface Waiting {
  readonly settle: Settle;
  readonly since: number;
}

interface PubAck {
  readonly stream?: string;
  readonly seq?: number;
  readonly error?: { readonly code?: number; readonly err_code?: number; readonly description?: string };
}

const contentType = "application/cloudevents+protobuf";
const messageTooLarge = 10054;

/** Publishes over one connection; each outcome is told exactly once, a missing ack as trouble after the timeout. */
export class Publisher {
  readonly #connection: NatsConnection;
  readonly #prefix: string;
  readonly #subscription: Subscription;
  readonly #waiting = new Map<string, Waiting>();
  readonly #timer: NodeJS.Timeout;
  #next = 0;

  constructor(connection: NatsConnection, timeoutMillis = 5_000) {
    this.#connection = connection;
    this.#prefix = `${createInbox()}.`;
    this.#subscription = connection.subscribe(`${this.#prefix}*`, {
      callback: (error, message) => this.#answer(error, message),
    });
    this.#timer = setInterval(() => this.#expire(timeoutMillis), Math.min(500, timeoutMillis));
  }

  /** Sends a message under an id by which the stream knows it again. Never throws. */
  publish(subject: string, id: string, data: Uint8Array, settle: Settle): void {
    if (data.length + 200 > (this.#connection.info?.max_payload ?? Number.POSITIVE_INFINITY)) {
      settle({ how: "refused", reason: `too large: ${data.length} bytes, above the server's max_payload` });
      return;
    }
    const token = (this.#next++).toString(36);
    this.#waiting.set(token, { settle, since: performance.now() });
    try {
      const head = headers();
      head.append("Nats-Msg-Id", id);
      head.append("content-type", contentType);
      this.#connection.publish(subject, data, { reply: this.#prefix + token, headers: head });
    } catch (error) {
      this.#waiting.delete(token);
      settle({ how: "trouble", reason: error instanceof Error ? error.message : String(error) });
    }
  }

  close(): void {
    clearInterval(this.#timer);
    if (!this.#connection.isClosed()) {
      this.#subscription.unsubscribe();
    }
    for (const { settle } of this.#waiting.values()) {
      settle({ how: "trouble", reason: "the publisher was closed" });
    }
    this.#waiting.clear();
  }

  /** An exception in here would close the connection for good, and silently. */
  #answer(error: Error | null, message: Msg): void {
    if (error) {
      return;
    }
    const token = message.subject.slice(this.#prefix.length);
    const waiting = this.#waiting.get(token);
    if (waiting) {
      this.#waiting.delete(token);
      let outcome: Outcome;
      try {
        outcome = outcomeOf(message);
      } catch (problem) {
        outcome = { how: "trouble", reason: `the ack cannot be read: ${String(problem)}` };
      }
      waiting.settle(outcome);
    }
  }

  #expire(timeoutMillis: number): void {
    const before = performance.now() - timeoutMillis;
    for (const [token, { settle, since }] of this.#waiting) {
      if (since > before) {
        break;
      }
      this.#waiting.delete(token);
      settle({ how: "trouble", reason: `no ack within ${timeoutMillis} ms` });
    }
  }
}

function outcomeOf(message: Msg): Outcome {
  if (message.headers?.code === 503) {
    return { how: "unheard" };
  }
  const ack = JSON.parse(message.string()) as PubAck;
  if (ack.error) {
    const reason = ack.error.description ?? `JetStream error ${ack.error.err_code}`;
    return ack.error.err_code === messageTooLarge ? { how: "refused", reason } : { how: "trouble", reason };
  }
  if (typeof ack.stream !== "string" || typeof ack.seq !== "number") {
    return { how: "trouble", reason: "the ack names no place in a stream" };
  }
  return { how: "acknowledged", stream: ack.stream, sequence: ack.seq };
}
