// OpenTelemetry for the process: trace ids always, spans exported when there is somewhere to, metrics for Prometheus.
import type { IncomingMessage, ServerResponse } from "node:http";
import { context, metrics, propagation, trace } from "@opentelemetry/api";
import { PrometheusExporter } from "@opentelemetry/exporter-prometheus";
import { defaultResource, resourceFromAttributes } from "@opentelemetry/resources";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import {
  AlwaysOffSampler,
  BatchSpanProcessor,
  NodeTracerProvider,
  ParentBasedSampler,
  type SpanProcessor,
} from "@opentelemetry/sdk-trace-node";
import { observeProcess } from "./vitals.js";

/** The running telemetry of a process. */
export interface Telemetry {
  /** Answers a scrape in Prometheus' text format. */
  scrape(request: IncomingMessage, response: ServerResponse): void;
  /** Sends what is still held, then lets go of the global providers. */
  stop(): Promise<void>;
}

/** Who we are to the collector. */
export interface TelemetryOptions {
  readonly service: string;
  /** Whether spans are exported; where to, the exporter reads from OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly exportSpans: boolean;
}

/**
 * Registers tracer, context and meter for @opentelemetry/api. Without an exporter spans are not recorded, but carry ids:
 * logs and facts name their trace at almost no cost, and a caller's sampling decision is passed on.
 */
export async function startTelemetry({ service, exportSpans }: TelemetryOptions): Promise<Telemetry> {
  const resource = defaultResource().merge(
    resourceFromAttributes({
      "service.name": service,
      "service.namespace": "pavane",
      "service.instance.id": `${service}-${process.pid}`,
    }),
  );
  const spanProcessors = exportSpans ? [await exporting()] : [];
  const quiet = exportSpans ? {} : { sampler: new ParentBasedSampler({ root: new AlwaysOffSampler() }) };
  const tracer = new NodeTracerProvider({ resource, spanProcessors, ...quiet });
  tracer.register();
  const prometheus = new PrometheusExporter({ preventServerStart: true });
  const meter = new MeterProvider({ resource, readers: [prometheus] });
  metrics.setGlobalMeterProvider(meter);
  const unobserve = observeProcess(meter.getMeter("@pavane/runtime"));
  return {
    scrape: (request, response) => prometheus.getMetricsRequestHandler(request, response),
    stop: async () => {
      unobserve();
      await Promise.allSettled([tracer.shutdown(), meter.shutdown()]);
      for (const api of [trace, context, propagation, metrics]) api.disable();
    },
  };
}

/** Loaded only when needed: it costs 15 MB and 70 ms. */
async function exporting(): Promise<SpanProcessor> {
  const { OTLPTraceExporter } = await import("@opentelemetry/exporter-trace-otlp-proto");
  return new BatchSpanProcessor(new OTLPTraceExporter());
}
