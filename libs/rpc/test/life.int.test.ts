// How a server begins and ends: health, draining, and what it says when it cannot begin.
import { Client as Channel, credentials, status } from "@grpc/grpc-js";
import { type OrderServiceDefinition as Definition, OrderServiceDefinition } from "@pavane/contracts/order";
import { expect } from "chai";
import { type Handlers, RpcError, serveGrpc, service } from "../src/index.js";
import { host, order, request, stopAll } from "./host.js";

/** What the health service says of a service: 1 SERVING, 2 NOT_SERVING, or the error's code as a negative number. */
async function health(address: string, of: string): Promise<number> {
  const channel = new Channel(address, credentials.createInsecure());
  const write = (name: string): Buffer => Buffer.concat([Buffer.from([10, name.length]), Buffer.from(name)]);
  const read = (bytes: Buffer): number => bytes[1] ?? 0;
  try {
    return await new Promise((resolve) => {
      channel.makeUnaryRequest("/grpc.health.v1.Health/Check", write, read, of, (error, value) =>
        resolve(error ? -error.code : (value ?? 0)),
      );
    });
  } finally {
    channel.close();
  }
}

function gate(): { wait: Promise<void>; open: () => void } {
  let open = (): void => {};
  const wait = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { wait, open };
}

describe("a server", () => {
  afterEach(stopAll);

  it("begins NOT_SERVING, and says SERVING when it is told to, for each service and for all", async () => {
    const { address, server } = await host();
    const names = ["", "pavane.order.v1.OrderService"];
    expect(await Promise.all(names.map((name) => health(address, name)))).to.eql([2, 2]);
    server.setServing(true);
    expect(await Promise.all(names.map((name) => health(address, name)))).to.eql([1, 1]);
    server.setServing(false);
    expect(await health(address, "")).to.equal(2);
    expect(await health(address, "pavane.nobody.v1.NobodyService")).to.equal(-status.NOT_FOUND);
  });

  it("answers what is running before it stops, and refuses what comes meanwhile", async () => {
    const door = gate();
    const begun = gate();
    const { orders, server } = await host(async () => {
      begun.open();
      await door.wait;
      return { order };
    });
    const running = orders.placeOrder(request);
    await begun.wait;
    let stopped = false;
    const stop = server.stop(5_000).then(() => {
      stopped = true;
    });
    const late = await orders.placeOrder(request).catch((error: unknown) => error);
    expect(late).to.be.instanceOf(RpcError).and.include({ code: "UNAVAILABLE", reason: "DRAINING" });
    expect(stopped).to.equal(false);
    door.open();
    expect((await running).order.version).to.equal(1n);
    await stop;
  });

  it("does not wait beyond its deadline for a call that hangs", async () => {
    const begun = gate();
    const { orders, server } = await host(async () => {
      begun.open();
      return await new Promise<never>(() => {});
    });
    const hanging = orders.placeOrder(request, { deadline: 1_000 }).catch((error: unknown) => error);
    await begun.wait;
    const before = Date.now();
    await server.stop(100);
    expect(Date.now() - before).to.be.lessThan(2_000);
    expect(await hanging).to.be.instanceOf(RpcError);
  });

  it("says that its port is taken", async () => {
    const { server } = await host();
    const again = await host(undefined, { port: server.port }).catch((error: unknown) => error);
    expect(again).to.be.instanceOf(Error);
    expect((again as Error).message).to.match(/cannot listen on 127.0.0.1:\d+: is the port taken\?/);
  });

  it("does not begin without a handler for every RPC", async () => {
    const handlers = {} as Handlers<Definition>;
    const services = [service(OrderServiceDefinition, handlers)];
    const error = await serveGrpc({ port: 0, services, log: { error: () => {} } }).catch((caught: unknown) => caught);
    expect((error as Error).message).to.equal("pavane.order.v1.OrderService/PlaceOrder has no handler");
  });

  it("does not begin with a service that its descriptors do not know", async () => {
    const unknown = { ...OrderServiceDefinition, fullName: "pavane.order.v9.OrderService" } as const;
    const never = async (): Promise<never> => await new Promise<never>(() => {});
    const handlers = { placeOrder: never, getOrder: never, listOrders: never };
    const all = { ...handlers, cancelOrder: never, approveOrder: never, rejectOrder: never };
    const starting = serveGrpc({ port: 0, services: [service(unknown, all)], log: { error: () => {} } });
    const error = await starting.catch((caught: unknown) => caught);
    expect((error as Error).message).to.match(/is not in the descriptor set/);
  });
});
