// Calls over a real connection: what handlers get, what callers get back, and what neither can break.
import { once } from "node:events";
import { Client as Channel, credentials, Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { PlaceOrderRequest } from "@pavane/contracts/order";
import { Refused } from "@pavane/kernel";
import { expect } from "chai";
import { type Answered, type Call, RpcError, unavailable } from "../src/index.js";
import { host, order, request, stopAll } from "./host.js";

async function failure(promise: Promise<unknown>): Promise<RpcError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof RpcError) return error;
    throw error;
  }
  throw new Error("the call was answered");
}

/** Sends bytes as they are, as a caller with a broken client would. */
async function raw(address: string, bytes: Buffer, metadata = new Metadata()): Promise<ServiceError | null> {
  const channel = new Channel(address, credentials.createInsecure());
  const same = (value: Buffer): Buffer => value;
  const path = "/pavane.order.v1.OrderService/PlaceOrder";
  try {
    return await new Promise((resolve) => {
      channel.makeUnaryRequest(path, same, same, bytes, metadata, (error) => resolve(error));
    });
  } finally {
    channel.close();
  }
}

describe("a call", () => {
  afterEach(stopAll);

  it("is answered with what the handler answers", async () => {
    const { orders } = await host();
    const { order: answered } = await orders.placeOrder(request);
    expect(answered.createTime).to.eql(order.createTime);
    expect(answered.purchase.total).to.eql({ currencyCode: "USD", minorUnits: 10_000n });
  });

  it("tells the handler method, actor, trace and deadline", async () => {
    let seen: Call | undefined;
    const { orders } = await host(async (_, call) => {
      seen = call;
      return { order };
    });
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    await orders.placeOrder(request, { actor: "ada", traceparent, deadline: 5_000 });
    expect(seen).to.include({ method: "PlaceOrder", traceparent });
    expect(seen?.actor).to.equal("ada");
    expect(seen?.deadline.getTime()).to.be.closeTo(Date.now() + 5_000, 1_000);
  });

  it("is of the peer's address when the caller states no actor", async () => {
    let actor = "";
    const { orders } = await host(async (_, call) => {
      actor = call.actor;
      return { order };
    });
    await orders.placeOrder(request);
    expect(actor).to.match(/^127\.0\.0\.1:\d+$/);
  });

  const refusals = [
    ["invalid", "INVALID_ARGUMENT"],
    ["not_found", "NOT_FOUND"],
    ["already_exists", "ALREADY_EXISTS"],
    ["not_now", "FAILED_PRECONDITION"],
    ["conflict", "ABORTED"],
    ["denied", "PERMISSION_DENIED"],
    ["unavailable", "UNAVAILABLE"],
    ["unimplemented", "UNIMPLEMENTED"],
  ] as const;
  for (const [reason, code] of refusals) {
    it(`that is refused as ${reason} answers ${code} with the refusal's code`, async () => {
      const { orders, logged } = await host(async () => {
        throw new Refused(reason, "SOME_CODE", "it cannot be", { left: "3" });
      });
      const error = await failure(orders.placeOrder(request));
      expect(error).to.include({ code, reason: "SOME_CODE", message: "SOME_CODE: it cannot be" });
      expect(logged).to.eql([]);
    });
  }

  it("that breaks rules names every field, and reaches no handler", async () => {
    let reached = false;
    const { orders } = await host(async () => {
      reached = true;
      return { order };
    });
    const error = await failure(orders.placeOrder({ ...request, orderId: "", lines: [{ itemId: "a", quantity: 0 }] }));
    expect(error).to.include({ code: "INVALID_ARGUMENT", reason: "INVALID_REQUEST" });
    expect(error.violations.map(({ field, rule }) => [field, rule])).to.eql([
      ["order_id", "string.pattern"],
      ["lines[0].quantity", "int32.gte_lte"],
    ]);
    expect(error.message).to.match(/^INVALID_REQUEST: order_id: /);
    expect(reached).to.equal(false);
  });

  it("of bytes that are not the message is INVALID_ARGUMENT, and the next is answered", async () => {
    const { address, orders } = await host();
    for (const bytes of [Buffer.from([0x0a, 0xff]), Buffer.from("hello, world"), Buffer.alloc(50, 0xff)]) {
      expect((await raw(address, bytes))?.code).to.equal(status.INVALID_ARGUMENT);
    }
    expect((await orders.placeOrder(request)).order.version).to.equal(1n);
  });

  const crashes: readonly [string, () => Promise<never>][] = [
    ["rejects", async () => Promise.reject(new Error("password=secret"))],
    [
      "throws before it promises anything",
      () => {
        throw new Error("password=secret");
      },
    ],
    ["rejects with nothing", async () => Promise.reject(undefined)],
  ];
  for (const [what, place] of crashes) {
    it(`whose handler ${what} is INTERNAL: the cause is in the log and nowhere else`, async () => {
      const { orders, logged } = await host(place);
      const error = await failure(orders.placeOrder(request));
      expect(error).to.include({ code: "INTERNAL", reason: "", message: "INTERNAL: internal error" });
      expect(logged.map(({ fields }) => Object.keys(fields))).to.eql([["err", "method"]]);
      expect((await orders.getOrder({ orderId: "order-1" })).order.version).to.equal(1n);
    });
  }

  it("whose answer cannot be written is INTERNAL", async () => {
    const { orders, logged } = await host(async () => ({ order: { ...order, version: 2n ** 70n } }));
    expect((await failure(orders.placeOrder(request))).code).to.equal("INTERNAL");
    expect(logged).to.have.length(1);
  });

  it("that something outside made impossible is UNAVAILABLE, without its cause", async () => {
    const { orders } = await host(async () => {
      throw unavailable(new Error("connect ECONNREFUSED 10.0.0.1:5432"));
    });
    const error = await failure(orders.placeOrder(request));
    expect(error).to.include({ code: "UNAVAILABLE", reason: "UNAVAILABLE" });
    expect(error.message).not.to.include("10.0.0.1");
  });

  it("ends at the server's deadline when the caller sets none, and its handler is told", async () => {
    let signal: AbortSignal | undefined;
    const place = async (_: unknown, call: Call): Promise<never> => {
      signal = call.signal;
      return await new Promise<never>(() => {});
    };
    const { address } = await host(place, { defaultDeadline: 50 });
    const bytes = Buffer.from(PlaceOrderRequest.encode(request).finish());
    expect((await raw(address, bytes))?.code).to.equal(status.DEADLINE_EXCEEDED);
    expect(signal?.aborted).to.equal(true);
  });

  it("ends at the caller's deadline, and its handler is told", async () => {
    const told: Promise<unknown>[] = [];
    const { orders } = await host(async (_, call) => {
      told.push(once(call.signal, "abort"));
      return await new Promise<never>(() => {});
    });
    expect((await failure(orders.placeOrder(request, { deadline: 100 }))).code).to.equal("DEADLINE_EXCEEDED");
    await Promise.all(told);
    expect(told).to.have.length(1);
  });

  it("that the caller gives up is CANCELLED, and its handler is told", async () => {
    const controller = new AbortController();
    const told: Promise<unknown>[] = [];
    const { orders } = await host(async (_, call) => {
      told.push(once(call.signal, "abort"));
      controller.abort();
      return await new Promise<never>(() => {});
    });
    expect((await failure(orders.placeOrder(request, { signal: controller.signal }))).code).to.equal("CANCELLED");
    await Promise.all(told);
    expect(told).to.have.length(1);
  });

  it("is reported when it ends, with its status and time", async () => {
    const ended: Answered[] = [];
    const { orders } = await host(undefined, { onAnswered: (call) => ended.push(call) });
    await orders.placeOrder(request);
    await failure(orders.cancelOrder({ orderId: "none", reason: "" }));
    expect(ended.map(({ service, method, code }) => `${service}/${method} ${code}`)).to.eql([
      "pavane.order.v1.OrderService/PlaceOrder OK",
      "pavane.order.v1.OrderService/CancelOrder NOT_FOUND",
    ]);
    expect(ended[0]?.milliseconds).to.be.greaterThan(0);
  });

  it("to a server that is not there is UNAVAILABLE", async () => {
    const { orders, server } = await host();
    await server.stop(0);
    expect((await failure(orders.placeOrder(request))).code).to.equal("UNAVAILABLE");
  });

  it("that only reads is tried again while the server is unavailable; one that writes is not", async () => {
    const tries = { reads: 0, writes: 0 };
    const place = async (): Promise<never> => {
      tries.writes += 1;
      throw unavailable(new Error("down"));
    };
    const getOrder = async (): Promise<{ order: typeof order }> => {
      tries.reads += 1;
      if (tries.reads < 3) throw unavailable(new Error("down"));
      return { order };
    };
    const { orders } = await host(place, {}, { getOrder });
    expect((await orders.getOrder({ orderId: "order-1" })).order.version).to.equal(1n);
    expect((await failure(orders.placeOrder(request))).code).to.equal("UNAVAILABLE");
    expect(tries).to.eql({ reads: 3, writes: 1 });
  });

  it("finds a server again that was restarted", async () => {
    const first = await host();
    await first.orders.placeOrder(request);
    await first.server.stop(0);
    await host(undefined, { port: first.server.port });
    const again = await first.orders.placeOrder(request, { waitForReady: true, deadline: 5_000 });
    expect(again.order.version).to.equal(1n);
  });
});

describe("twenty callers at once", () => {
  afterEach(stopAll);

  it("each get their own answer, refusals among them", async () => {
    const { orders } = await host(async ({ orderId, userId }) => {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 10));
      if (userId === "refused") throw new Refused("not_now", "NO", orderId);
      return { order: { ...order, purchase: { ...order.purchase, orderId } } };
    });
    const calls = Array.from({ length: 20 }, async (_, index) => {
      const mine = { ...request, orderId: `order-${index}`, userId: index % 2 === 0 ? "user-1" : "refused" };
      return await orders.placeOrder(mine).then(
        (answer) => answer.order.purchase.orderId,
        (error: unknown) => (error as RpcError).message.replace("NO: ", ""),
      );
    });
    expect(await Promise.all(calls)).to.eql(Array.from({ length: 20 }, (_, index) => `order-${index}`));
  });
});
