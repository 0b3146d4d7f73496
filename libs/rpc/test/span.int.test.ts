// The spans of a call on both of its sides.
import { context, propagation, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-node";
import { Refused } from "@pavane/kernel";
import { expect } from "chai";
import { host, order, request, stopAll } from "./host.js";

const exporter = new InMemorySpanExporter();

/** The span of one side that was ended last. */
function spanOf(kind: SpanKind): ReadableSpan {
  const found = exporter.getFinishedSpans().findLast((span) => span.kind === kind);
  if (found === undefined) throw new Error("there is no such span");
  return found;
}

describe("the spans of a call", () => {
  before(() => new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register());
  after(() => {
    trace.disable();
    context.disable();
    propagation.disable();
  });
  beforeEach(() => exporter.reset());
  afterEach(stopAll);

  it("are one trace: the server's is the child of the client's, and the handler's of the server's", async () => {
    let [inside, traceparent]: (string | undefined)[] = [];
    const { orders } = await host(async (_, call) => {
      inside = trace.getActiveSpan()?.spanContext().spanId;
      traceparent = call.traceparent;
      return { order };
    });
    await orders.placeOrder(request);
    const [client, server] = [spanOf(SpanKind.CLIENT), spanOf(SpanKind.SERVER)];
    expect(server.parentSpanContext?.spanId).to.equal(client.spanContext().spanId);
    expect(server.spanContext().traceId).to.equal(client.spanContext().traceId);
    expect(inside).to.equal(server.spanContext().spanId);
    expect(traceparent).to.equal(`00-${server.spanContext().traceId}-${server.spanContext().spanId}-01`);
  });

  it("are named and described by the conventions for gRPC", async () => {
    const { orders, address } = await host();
    await orders.placeOrder(request);
    const method = "pavane.order.v1.OrderService/PlaceOrder";
    const common = { "rpc.system.name": "grpc", "rpc.method": method, "rpc.response.status_code": "OK" };
    expect(spanOf(SpanKind.SERVER)).to.include({ name: method });
    expect(spanOf(SpanKind.SERVER).attributes).to.eql(common);
    expect(spanOf(SpanKind.CLIENT).attributes).to.eql({
      ...common,
      "server.address": "127.0.0.1",
      "server.port": Number(address.split(":")[1]),
    });
  });

  it("call a refusal an error on the client's side only", async () => {
    const { orders } = await host(async () => {
      throw new Refused("not_now", "NO", "not now");
    });
    await orders.placeOrder(request).catch(() => undefined);
    expect(spanOf(SpanKind.SERVER).status.code).to.equal(SpanStatusCode.UNSET);
    expect(spanOf(SpanKind.CLIENT).status.code).to.equal(SpanStatusCode.ERROR);
    expect(spanOf(SpanKind.CLIENT).attributes).to.include({ "error.type": "FAILED_PRECONDITION" });
  });

  it("call a crash an error on both", async () => {
    const { orders } = await host(async () => {
      throw new Error("boom");
    });
    await orders.placeOrder(request).catch(() => undefined);
    for (const kind of [SpanKind.SERVER, SpanKind.CLIENT]) {
      expect(spanOf(kind).status.code).to.equal(SpanStatusCode.ERROR);
      expect(spanOf(kind).attributes).to.include({ "rpc.response.status_code": "INTERNAL" });
    }
  });
});
