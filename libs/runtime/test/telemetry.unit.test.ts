// Tracing: ids without an exporter, spans over HTTP with one.
import { once } from "node:events";
import { createServer } from "node:http";
import { propagation, trace, context } from "@opentelemetry/api";
import { expect } from "chai";
import { startTelemetry } from "../src/telemetry.js";

describe("telemetry", () => {
  it("gives every span a trace to pass on, also when nothing is exported", async () => {
    const telemetry = await startTelemetry({ service: "order", exportSpans: false });
    const headers: Record<string, string> = {};
    trace.getTracer("test").startActiveSpan("place", (span) => {
      propagation.inject(context.active(), headers);
      expect(span.isRecording()).to.equal(false);
      span.end();
    });
    await telemetry.stop();
    expect(headers.traceparent).to.match(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    expect(headers.traceparent).to.not.contain("0".repeat(16));
  });

  it("sends spans to the collector, the last ones when it stops", async () => {
    const heard: { path: string; bytes: Buffer }[] = [];
    const collector = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => {
        heard.push({ path: request.url ?? "", bytes: Buffer.concat(parts) });
        response.end();
      });
    }).listen(0);
    await once(collector, "listening");
    const { port } = collector.address() as { port: number };
    process.env.OTEL_EXPORTER_OTLP_ENDPOINT = `http://127.0.0.1:${port}`;
    try {
      const telemetry = await startTelemetry({ service: "order", exportSpans: true });
      trace.getTracer("test").startSpan("a purchase").end();
      await telemetry.stop();
    } finally {
      delete process.env.OTEL_EXPORTER_OTLP_ENDPOINT;
      collector.close();
    }
    expect(heard.map(({ path }) => path)).to.deep.equal(["/v1/traces"]);
    expect(heard[0]?.bytes.toString("latin1")).to.contain("a purchase").and.contain("order");
  });
});
