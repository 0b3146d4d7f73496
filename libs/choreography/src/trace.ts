// Spans of the engine: one a handled input, child of the fact's own context; its context goes into what it announces.

import {
  context,
  type Context,
  isSpanContextValid,
  type Span as OtelSpan,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import type { Input } from "./input.js";

/** The span of one input. */
export interface Span {
  /** Makes the producer span of a fact and returns the W3C traceparent that travels with it, where there is a trace. */
  announce(type: string, id: string, orderId: string | undefined): string | undefined;
  end(error?: unknown): void;
}

/** Makes spans; without an SDK it only carries contexts on. */
export interface Tracing {
  start(input: Input): Span;
}

/** Spans by @opentelemetry/api: names and attributes follow the messaging conventions. */
export function tracing(service: string): Tracing {
  const tracer = trace.getTracer("@pavane/choreography");
  return {
    start(input) {
      const parent = contextOf(input.traceparent);
      const fact = input.rule === undefined || input.rule.kind === "reaction";
      const kind = fact ? SpanKind.CONSUMER : SpanKind.INTERNAL;
      const name = `${fact ? "process" : "handle"} ${input.name}`;
      return new InputSpan(
        tracer,
        tracer.startSpan(name, { kind, attributes: attributes(service, input) }, parent),
        parent,
      );
    },
  };
}

class InputSpan implements Span {
  constructor(
    readonly tracer: Tracer,
    readonly span: OtelSpan,
    readonly parent: Context,
  ) {}

  announce(type: string, id: string, orderId: string | undefined): string | undefined {
    if (!this.span.isRecording()) return traceparentOf(this.span);
    const attributes = {
      "messaging.system": "nats",
      "messaging.operation.type": "create",
      "messaging.destination.name": type,
      "messaging.message.id": id,
      ...(orderId === undefined ? {} : { "messaging.message.conversation_id": orderId }),
    };
    const own = trace.setSpan(this.parent, this.span);
    const created = this.tracer.startSpan(`create ${type}`, { kind: SpanKind.PRODUCER, attributes }, own);
    created.end();
    return traceparentOf(created);
  }

  end(error?: unknown): void {
    if (error !== undefined) {
      const message = error instanceof Error ? error.message : String(error);
      this.span.setStatus({ code: SpanStatusCode.ERROR, message });
    }
    this.span.end();
  }
}

function attributes(service: string, { name, id, orderId }: Input): Record<string, string> {
  return {
    "messaging.system": "nats",
    "messaging.operation.type": "process",
    "messaging.destination.name": name,
    "messaging.consumer.group.name": service,
    "messaging.message.id": id,
    ...(orderId === undefined ? {} : { "messaging.message.conversation_id": orderId }),
  };
}

// W3C Trace Context, version 00.
const pattern = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

function contextOf(traceparent: string | undefined): Context {
  const match = traceparent === undefined ? null : pattern.exec(traceparent);
  if (match === null) return context.active();
  const [, traceId = "", spanId = "", flags = "00"] = match;
  return trace.setSpanContext(context.active(), {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16),
    isRemote: true,
  });
}

function traceparentOf(span: OtelSpan): string | undefined {
  const { traceId, spanId, traceFlags } = span.spanContext();
  if (!isSpanContextValid(span.spanContext())) return undefined;
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, "0")}`;
}
