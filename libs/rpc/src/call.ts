// What a handler may know of the call it answers.
import type { Metadata, ServerUnaryCall, ServerWritableStream } from "@grpc/grpc-js";

/** A call as grpc-js hands it to us. */
export type RawCall = ServerUnaryCall<Buffer, Uint8Array> | ServerWritableStream<Buffer, Uint8Array>;

/** The call that is answered. */
export interface Call {
  /** The RPC, for example PlaceOrder. */
  readonly method: string;
  /** Who calls: the `x-actor` the caller states, else the address it calls from. */
  readonly actor: string;
  /** The W3C trace context that everything done for this call belongs to. */
  readonly traceparent: string | undefined;
  /** When nobody waits for the answer any more. */
  readonly deadline: Date;
  /** Aborts when the caller has gone, or the deadline has passed. */
  readonly signal: AbortSignal;
}

/** One call that came in. What is seldom asked for is made when it is. */
export class Incoming implements Call {
  readonly #raw: RawCall;
  #controller: AbortController | undefined;
  #timer: NodeJS.Timeout | undefined;
  #gone = false;

  constructor(
    raw: RawCall,
    readonly method: string,
    readonly traceparent: string | undefined,
    readonly deadline: Date,
  ) {
    this.#raw = raw;
    raw.on("cancelled", () => this.abort());
  }

  get actor(): string {
    return first(this.#raw.metadata, "x-actor") ?? this.#raw.getPeer();
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#gone) this.#controller.abort();
    return this.#controller.signal;
  }

  /** Runs `late` when the deadline has passed; only for callers that set none, grpc-js itself does it for the others. */
  onDeadline(late: () => void): void {
    this.#timer = setTimeout(() => {
      this.abort();
      late();
    }, this.deadline.getTime() - Date.now());
  }

  /** Tells the handler that nobody waits any more. */
  abort(): void {
    this.#gone = true;
    this.#controller?.abort();
  }

  /** The answer has been given. */
  end(): void {
    clearTimeout(this.#timer);
  }
}

/** When a call must be answered, in milliseconds since the epoch; undefined when the caller did not say. */
export function deadlineOf(raw: RawCall): number | undefined {
  const deadline = raw.getDeadline();
  const time = typeof deadline === "number" ? deadline : deadline.getTime();
  return Number.isFinite(time) ? time : undefined;
}

/** The first value of a header; undefined when it is missing or binary. */
export function first(metadata: Metadata, name: string): string | undefined {
  const value = metadata.get(name)[0];
  return typeof value === "string" && value !== "" ? value : undefined;
}
