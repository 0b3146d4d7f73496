// Answers that are a stream: their order, their pace, and how they end.
import { once } from "node:events";
import { OrderServiceDefinition, ListOrdersRequest, type ListOrdersResponse } from "@pavane/contracts/order";
import { Refused } from "@pavane/kernel";
import { expect } from "chai";
import { type Call, client, RpcError, type RunningServer, serveGrpc, service } from "../src/index.js";
import { order } from "./host.js";

/** The order service with a ListOrders that streams, as ts-proto writes one that `returns (stream ...)`. */
const { listOrders } = OrderServiceDefinition.methods;
const streaming = {
  ...OrderServiceDefinition,
  methods: { listOrders: { ...listOrders, responseStream: true } },
} as const;

const page = (index: number): ListOrdersResponse => ({ orders: [order], nextPageToken: `${index}` });
const everything = ListOrdersRequest.create();

describe("a stream of answers", () => {
  let stop: (() => Promise<void>) | undefined;
  afterEach(async () => await stop?.());

  async function host(list: (call: Call) => AsyncIterable<ListOrdersResponse>) {
    const logged: object[] = [];
    const log = { error: (fields: object) => logged.push(fields) };
    const services = [service(streaming, { listOrders: (_, call) => list(call) })];
    const server: RunningServer = await serveGrpc({ port: 0, host: "127.0.0.1", services, log });
    const orders = client(streaming, `127.0.0.1:${server.port}`);
    stop = async () => {
      orders.close();
      await server.stop(0);
    };
    return { orders, logged, server };
  }

  /** What came until the stream ended, and how it ended. */
  async function read(answers: AsyncIterable<ListOrdersResponse>): Promise<{ tokens: string[]; error: unknown }> {
    const tokens: string[] = [];
    try {
      for await (const answer of answers) tokens.push(answer.nextPageToken);
      return { tokens, error: undefined };
    } catch (error) {
      return { tokens, error };
    }
  }

  it("comes in order and ends", async () => {
    const { orders } = await host(async function* () {
      for (let index = 0; index < 500; index += 1) yield page(index);
    });
    const { tokens, error } = await read(orders.listOrders(everything));
    expect(error).to.equal(undefined);
    expect(tokens).to.eql(Array.from({ length: 500 }, (_, index) => `${index}`));
  });

  it("ends with the refusal that its handler throws in the middle", async () => {
    const { orders } = await host(async function* () {
      yield page(0);
      throw new Refused("not_now", "GONE", "no more");
    });
    const { tokens, error } = await read(orders.listOrders(everything));
    expect(tokens).to.eql(["0"]);
    expect(error).to.be.instanceOf(RpcError).and.include({ code: "FAILED_PRECONDITION", reason: "GONE" });
  });

  it("ends with INTERNAL when its handler crashes, and leaks nothing", async () => {
    const { orders, logged } = await host(async function* () {
      yield page(0);
      throw new Error("password=secret");
    });
    const { error } = await read(orders.listOrders(everything));
    expect(error).to.include({ code: "INTERNAL", message: "INTERNAL: internal error" });
    expect(logged).to.have.length(1);
  });

  it("is refused before it begins when the request breaks rules", async () => {
    const { orders } = await host(async function* () {
      yield page(0);
    });
    const { error } = await read(orders.listOrders({ ...everything, pageSize: -1 }));
    expect(error).to.include({ code: "INVALID_ARGUMENT", reason: "INVALID_REQUEST" });
  });

  it("waits for a caller that reads slowly instead of filling memory", async () => {
    let made = 0;
    const { orders } = await host(async function* () {
      for (; made < 100_000; made += 1) yield page(made);
    });
    for await (const _ of orders.listOrders(everything)) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      break;
    }
    expect(made).to.be.lessThan(50_000);
  });

  it("stops at the server when the caller stops reading", async () => {
    const ends: Promise<unknown>[] = [];
    const { orders } = await host(async function* (call) {
      ends.push(once(call.signal, "abort"));
      for (let index = 0; !call.signal.aborted; index += 1) {
        yield page(index);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    });
    for await (const answer of orders.listOrders(everything)) {
      if (answer.nextPageToken === "3") break;
    }
    await Promise.all(ends);
    expect(ends).to.have.length(1);
  });
});
