// One span for each call, on both sides, by the conventions of OpenTelemetry for gRPC.
import type { Metadata } from "@grpc/grpc-js";
import {
  type Attributes,
  type Context,
  context,
  isSpanContextValid,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { first } from "./call.js";

const tracer = trace.getTracer("@pavane/rpc");

const carrier = {
  get: (metadata: Metadata, key: string): string | undefined => first(metadata, key),
  keys: (metadata: Metadata): string[] => Object.keys(metadata.getMap()),
  set: (metadata: Metadata, key: string, value: string): void => metadata.set(key, value),
};

/** A span with the context it is active in. */
export interface Traced {
  readonly span: Span;
  readonly context: Context;
}

/** The span of a call that came in; its parent is the caller's, by the headers. `method` is `service/Method`. */
export function serverSpan(method: string, metadata: Metadata): Traced {
  const parent = propagation.extract(ROOT_CONTEXT, metadata, carrier);
  return start(method, SpanKind.SERVER, parent, {});
}

/** The span of a call that goes out, with its context put into the headers. */
export function clientSpan(method: string, metadata: Metadata, address: string): Traced {
  const [host, port] = [address.slice(0, address.lastIndexOf(":")), address.slice(address.lastIndexOf(":") + 1)];
  const server = { "server.address": host, "server.port": Number(port) };
  const traced = start(method, SpanKind.CLIENT, context.active(), server);
  propagation.inject(traced.context, metadata, carrier);
  return traced;
}

function start(method: string, kind: SpanKind, parent: Context, more: Attributes): Traced {
  const attributes = { "rpc.system.name": "grpc", "rpc.method": method, ...more };
  const span = tracer.startSpan(method, { kind, attributes }, parent);
  return { span, context: trace.setSpan(parent, span) };
}

/** Ends a span with the status of its call; `failed` says whether that is an error by the conventions of its side. */
export function endSpan(span: Span, statusName: string, failed: boolean): void {
  span.setAttribute("rpc.response.status_code", statusName);
  if (failed) {
    span.setAttribute("error.type", statusName);
    span.setStatus({ code: SpanStatusCode.ERROR });
  }
  span.end();
}

/** The W3C trace context of a span; without telemetry the one the caller sent. */
export function traceparentOf(span: Span, metadata: Metadata): string | undefined {
  const spanContext = span.spanContext();
  if (!isSpanContextValid(spanContext)) return first(metadata, "traceparent");
  const flags = spanContext.traceFlags.toString(16).padStart(2, "0");
  return `00-${spanContext.traceId}-${spanContext.spanId}-${flags}`;
}
