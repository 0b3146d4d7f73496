// From the bytes of a request to the bytes of its answer: rules, decoding, handler, status, span. Nothing escapes it.
import {
  type sendUnaryData,
  type ServerUnaryCall,
  type ServerWritableStream,
  status,
  type StatusObject,
} from "@grpc/grpc-js";
import { bytesOf, messageOf, type Rules, Undecodable } from "@pavane/contracts";
import { Refused } from "@pavane/kernel";
import { context, type Span } from "@opentelemetry/api";
import { deadlineOf, Incoming, type RawCall } from "./call.js";
import type { MethodDescription, Served } from "./description.js";
import { endSpan, serverSpan, traceparentOf } from "./span.js";
import { BrokenRules, toStatus } from "./status.js";

/** The part of a pino log that this library writes to. */
export interface Log {
  error(fields: object, message: string): void;
}

/** One call as it ended, for metrics. */
export interface Answered {
  readonly service: string;
  readonly method: string;
  /** The gRPC status, for example OK. */
  readonly code: string;
  readonly milliseconds: number;
}

/** What all calls of a server share. */
export interface Environment {
  readonly rules: Rules;
  readonly log: Log;
  readonly defaultDeadline: number;
  readonly onAnswered: ((call: Answered) => void) | undefined;
  /** Set while the server shuts down. */
  draining: boolean;
  /** Calls that are not yet answered. */
  running: number;
}

/** One RPC with all that is needed to answer it. */
interface Route {
  readonly environment: Environment;
  readonly service: string;
  readonly method: MethodDescription;
  /** `service/Method`. */
  readonly path: string;
  /** The full name of the request message. */
  readonly requestName: string;
  readonly handler: (request: unknown, call: Incoming) => unknown;
}

/** Finds out all that is needed to answer an RPC. Throws when its handler or its declaration is missing. */
export function routeOf(environment: Environment, { definition, handlers }: Served, key: string): Route {
  const method = definition.methods[key];
  const handler = handlers[key];
  const declared = environment.rules.registry.getService(definition.fullName)?.methods;
  const declaration = declared?.find(({ name }) => name === method?.name);
  const path = `${definition.fullName}/${method?.name ?? key}`;
  if (method === undefined || handler === undefined) throw new Error(`${path} has no handler`);
  if (declaration === undefined)
    throw new Error(`${path} is not in the descriptor set: give serveGrpc the rules of its protos`);
  if (method.requestStream) throw new Error(`${path} takes a stream of requests, which this kit does not serve`);
  const requestName = declaration.input.typeName;
  // Called with its object, so that handlers may be methods that use `this`.
  const bound = (request: unknown, call: Incoming): unknown => handler.call(handlers, request, call);
  return { environment, service: definition.fullName, method, path, requestName, handler: bound };
}

/** Answers a call that has one answer. */
export function unary(
  route: Route,
): (raw: ServerUnaryCall<Buffer, Uint8Array>, reply: sendUnaryData<Uint8Array>) => void {
  return (raw, reply) => {
    const ending = begin(route, raw, (failure) => reply(failure));
    const done = (answer: unknown): void => {
      const bytes = bytesOf(route.method.responseType, answer);
      if (ending.end("OK")) reply(null, bytes);
    };
    context
      .with(ending.context, () => handle(route, raw.request, ending.call))
      .then(done)
      .catch(ending.fail);
  };
}

/** Answers a call with a stream of answers, at the caller's pace. */
export function streaming(route: Route): (raw: ServerWritableStream<Buffer, Uint8Array>) => void {
  return (raw) => {
    const ending = begin(route, raw, (failure) => raw.emit("error", failure));
    const write = async (): Promise<void> => {
      const answers = (await handle(route, raw.request, ending.call)) as AsyncIterable<unknown>;
      for await (const answer of answers) {
        if (ending.over || raw.cancelled) break;
        if (!raw.write(bytesOf(route.method.responseType, answer))) await drained(raw);
      }
      if (ending.end("OK")) raw.end();
    };
    context.with(ending.context, write).catch(ending.fail);
  };
}

async function handle(route: Route, bytes: Buffer, call: Incoming): Promise<unknown> {
  if (route.environment.draining) throw new Refused("unavailable", "DRAINING", "the server is shutting down");
  return await route.handler(requestOf(route, bytes), call);
}

function requestOf({ environment, method, requestName }: Route, bytes: Buffer): unknown {
  try {
    const request = readable(method, bytes);
    const violations = environment.rules.violations(requestName, bytes, request);
    if (violations.length > 0) throw new BrokenRules(violations);
    return request ?? messageOf(method.requestType, bytes);
  } catch (error) {
    if (!(error instanceof Undecodable)) throw error;
    throw new Refused("invalid", "UNDECODABLE", `the request is not a ${requestName}`);
  }
}

/** Undefined for what generated code cannot read, an unknown value of an enum say: the rules know better what is wrong. */
function readable({ requestType }: MethodDescription, bytes: Buffer): unknown {
  try {
    return messageOf(requestType, bytes);
  } catch {
    return undefined;
  }
}

/** Resolves when the stream takes more again, or nobody reads it any more. */
async function drained(raw: ServerWritableStream<Buffer, Uint8Array>): Promise<void> {
  if (raw.cancelled || raw.destroyed) return;
  const events = ["drain", "cancelled", "close"];
  await new Promise<void>((resolve) => {
    const go = (): void => {
      for (const event of events) raw.off(event, go);
      resolve();
    };
    for (const event of events) raw.on(event, go);
  });
}

/** How one call ends: exactly once, whatever happens after. */
interface Ending {
  readonly call: Incoming;
  readonly context: ReturnType<typeof serverSpan>["context"];
  readonly over: boolean;
  /** Ends it well; false when it is over already. */
  end(code: string): boolean;
  /** Ends it by what was thrown. */
  readonly fail: (thrown: unknown) => void;
}

function begin(route: Route, raw: RawCall, answer: (failure: Partial<StatusObject>) => void): Ending {
  const { environment } = route;
  const started = performance.now();
  const { span, context: active } = serverSpan(route.path, raw.metadata);
  const deadline = deadlineOf(raw);
  const until = new Date(deadline ?? Date.now() + environment.defaultDeadline);
  const call = new Incoming(raw, route.method.name, traceparentOf(span, raw.metadata), until);
  const ending = {
    call,
    context: active,
    over: false,
    end(code: string): boolean {
      if (ending.over) return false;
      ending.over = true;
      environment.running -= 1;
      call.end();
      finish(route, span, code, performance.now() - started);
      return true;
    },
    fail(thrown: unknown): void {
      const failure = toStatus(thrown);
      if (failure.code === status.INTERNAL) environment.log.error({ err: thrown, method: route.path }, "a call failed");
      if (ending.end(status[failure.code])) answer(failure);
    },
  };
  environment.running += 1;
  const late = { code: status.DEADLINE_EXCEEDED, details: "DEADLINE_EXCEEDED: nobody answered in time" };
  if (deadline === undefined) call.onDeadline(() => ending.end("DEADLINE_EXCEEDED") && answer(late));
  return ending;
}

const serverErrors = new Set(["UNKNOWN", "DEADLINE_EXCEEDED", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS"]);

function finish({ environment, service, method }: Route, span: Span, code: string, milliseconds: number): void {
  endSpan(span, code, serverErrors.has(code));
  environment.onAnswered?.({ service, method: method.name, code, milliseconds });
}
