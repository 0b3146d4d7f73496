// The log: JSON for machines, lines for people, the active trace in both.
import { context, trace, TraceFlags } from "@opentelemetry/api";
import { expect } from "chai";
import { makeLog } from "../src/index.js";
import { readable } from "../src/log.js";
import { startTelemetry } from "../src/telemetry.js";

describe("the log", () => {
  it("writes one JSON object a line, with service and level", () => {
    const lines: string[] = [];
    const log = makeLog({ service: "order", to: { write: (line) => void lines.push(line) } });
    log.info({ order_id: "o-1" }, "placed");
    log.debug("not at this level");
    expect(lines).to.have.length(1);
    expect(JSON.parse(lines[0] ?? "")).to.include({ service: "order", level: "info", msg: "placed", order_id: "o-1" });
  });

  it("keeps card tokens and passwords out", () => {
    const lines: string[] = [];
    const log = makeLog({ service: "order", to: { write: (line) => void lines.push(line) } });
    log.info({ cardToken: "tok_4242", password: "1234" }, "paying");
    expect(lines.join("")).to.not.contain("4242").and.not.contain("1234");
  });

  it("names the active trace", async () => {
    const telemetry = await startTelemetry({ service: "order", exportSpans: false });
    const lines: string[] = [];
    const log = makeLog({ service: "order", to: { write: (line) => void lines.push(line) } });
    const [traceId, spanId] = ["a".repeat(32), "b".repeat(16)];
    const span = trace.wrapSpanContext({ traceId, spanId, traceFlags: TraceFlags.NONE });
    context.with(trace.setSpan(context.active(), span), () => log.info("inside"));
    await telemetry.stop();
    expect(JSON.parse(lines[0] ?? "")).to.include({ trace_id: traceId, span_id: spanId });
  });

  it("speaks to people in a terminal", () => {
    let said = "";
    const to = readable({
      write: (text) => {
        said += text;
      },
    });
    const log = makeLog({ service: "order", to });
    log.warn({ attempt: 3 }, "tried again");
    log.error({ err: new Error("broken") }, "failed");
    expect(said).to.match(/^\d\d:\d\d:\d\d\.\d{3} warn {2}order tried again attempt=3\n/);
    expect(said).to.match(/error order failed\nError: broken\n {4}at /);
  });
});
