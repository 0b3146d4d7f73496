// A typed client of a service, with promises, deadlines and errors that carry the refusal's code.
import {
  type CallOptions as RawOptions,
  Client as Channel,
  ChannelCredentials,
  Metadata,
  type ServiceError,
} from "@grpc/grpc-js";
import { bytesOf } from "@pavane/contracts";
import {
  type MethodDescription,
  pathOf,
  type RequestOf,
  type ResponseOf,
  type ServiceDescription,
} from "./description.js";
import { clientSpan, endSpan, type Traced } from "./span.js";
import { toRpcError } from "./status.js";

/** How to reach a service. */
export interface ClientOptions {
  /** Milliseconds a call may take, unless it says otherwise; by default 10,000. */
  readonly deadline?: number;
  /** Who calls, for the service's audit log. */
  readonly actor?: string;
  /** By default the client speaks plain text. */
  readonly credentials?: ChannelCredentials;
}

/** How to make one call. */
export interface CallOptions {
  /** Milliseconds the call may take. */
  readonly deadline?: number;
  readonly actor?: string;
  /** The W3C trace context the call belongs to; by default that of the active span. */
  readonly traceparent?: string;
  /** Cancels the call when it aborts. */
  readonly signal?: AbortSignal;
  /** Waits until the server can be reached, up to the deadline, instead of failing at once. */
  readonly waitForReady?: boolean;
}

type Method<Description extends MethodDescription> = (
  request: RequestOf<Description>,
  options?: CallOptions,
) => Description["responseStream"] extends true
  ? AsyncIterable<ResponseOf<Description>>
  : Promise<ResponseOf<Description>>;

/** One method for each RPC; all reject with RpcError. */
export type Client<Service extends ServiceDescription> = {
  readonly [Name in keyof Service["methods"]]: Method<Service["methods"][Name]>;
} & {
  /** Closes the connection. */
  readonly close: () => void;
};

/** A client of the service at `host:port`. It connects when it is first used, and again whenever it must. */
export function client<Service extends ServiceDescription>(
  description: Service,
  address: string,
  options: ClientOptions = {},
): Client<Service> {
  const channel = new Channel(address, options.credentials ?? ChannelCredentials.createInsecure(), {
    "grpc.service_config": serviceConfig(description),
    // A restarted server is found again within its own start-up time; the default begins with a second.
    "grpc.initial_reconnect_backoff_ms": 100,
    "grpc.max_reconnect_backoff_ms": 2_000,
    "grpc.enable_channelz": 0,
  });
  const methods = Object.entries(description.methods).map(([key, method]) => {
    const send = { channel, address, options, method, path: pathOf(description, method) };
    return [key, method.responseStream ? streaming(send) : unary(send)];
  });
  // Built from the description at run time: its type says what each method is, the compiler cannot follow it there.
  return { ...Object.fromEntries(methods), close: () => channel.close() } as Client<Service>;
}

/** Reads are tried again while the server cannot be reached; nothing else is ever sent twice. */
function serviceConfig({ fullName, methods }: ServiceDescription): string {
  const reads = Object.values(methods).filter(({ options }) => options.idempotencyLevel === "NO_SIDE_EFFECTS");
  const retryPolicy = {
    maxAttempts: 4,
    initialBackoff: "0.1s",
    maxBackoff: "1s",
    backoffMultiplier: 2,
    retryableStatusCodes: ["UNAVAILABLE"],
  };
  const name = reads.map((method) => ({ service: fullName, method: method.name }));
  return JSON.stringify({ methodConfig: name.length === 0 ? [] : [{ name, retryPolicy }] });
}

interface Sending {
  readonly channel: Channel;
  readonly address: string;
  readonly options: ClientOptions;
  readonly method: MethodDescription;
  readonly path: string;
}

function unary({ channel, address, options, method, path }: Sending) {
  return (request: unknown, call: CallOptions = {}): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const { metadata, traced } = prepare(path, address, options, call);
      const answered = (error: ServiceError | null, response?: unknown): void => {
        release();
        endSpan(traced.span, error === null ? "OK" : toRpcError(error).code, error !== null);
        if (error === null) resolve(response);
        else reject(toRpcError(error));
      };
      const write = (message: unknown): Buffer => Buffer.from(bytesOf(method.requestType, message));
      const read = (bytes: Buffer): unknown => method.responseType.decode(bytes);
      let release = (): void => {};
      try {
        const sent = channel.makeUnaryRequest(path, write, read, request, metadata, deadline(options, call), answered);
        release = cancelOn(call.signal, sent);
      } catch (error) {
        endSpan(traced.span, "INTERNAL", true);
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
}

function streaming({ channel, address, options, method, path }: Sending) {
  return async function* (request: unknown, call: CallOptions = {}): AsyncIterable<unknown> {
    const { metadata, traced } = prepare(path, address, options, call);
    const write = (message: unknown): Buffer => Buffer.from(bytesOf(method.requestType, message));
    const read = (bytes: Buffer): unknown => method.responseType.decode(bytes);
    const until = deadline(options, call);
    const stream = channel.makeServerStreamRequest(path, write, read, request, metadata, until);
    const release = cancelOn(call.signal, stream);
    let outcome = "CANCELLED";
    try {
      yield* stream;
      outcome = "OK";
    } catch (error) {
      const failure = toRpcError(error as ServiceError);
      outcome = failure.code;
      throw failure;
    } finally {
      release();
      stream.cancel();
      endSpan(traced.span, outcome, outcome !== "OK");
    }
  };
}

function prepare(
  path: string,
  address: string,
  options: ClientOptions,
  call: CallOptions,
): { metadata: Metadata; traced: Traced } {
  const metadata = new Metadata({ waitForReady: call.waitForReady ?? false });
  const actor = call.actor ?? options.actor;
  if (actor !== undefined) metadata.set("x-actor", actor);
  const traced = clientSpan(path.slice(1), metadata, address);
  if (call.traceparent !== undefined) metadata.set("traceparent", call.traceparent);
  return { metadata, traced };
}

function deadline(options: ClientOptions, call: CallOptions): RawOptions {
  return { deadline: Date.now() + (call.deadline ?? options.deadline ?? 10_000) };
}

/** Cancels what was sent when the signal aborts; call what it returns once the call has ended. */
function cancelOn(signal: AbortSignal | undefined, sent: { cancel(): void }): () => void {
  const cancel = (): void => sent.cancel();
  if (signal?.aborted) cancel();
  signal?.addEventListener("abort", cancel);
  return () => signal?.removeEventListener("abort", cancel);
}
