// The order service through its public door: what a caller gets, and how a caller is refused.

import { OrderServiceDefinition, OrderStatus } from "@pavane/contracts/order";
import { PaymentMethod } from "@pavane/contracts/purchase";
import { money } from "@pavane/kernel";
import { type Client, client, RpcError } from "@pavane/rpc";
import { face, type RunningService, startService } from "@pavane/service";
import { address, type Database, database, namespace, natsUrl } from "@pavane/testkit";
import { expect } from "chai";
import { defaults } from "../src/domain.js";
import { orderService } from "../src/index.js";
import { commands, queries } from "../src/rpc.js";
import { request } from "./given.js";

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

describe("the door of order", function () {
  this.timeout(60_000);
  let home: Database;
  let service: RunningService;
  let order: Client<OrderServiceDefinition>;

  before(async () => {
    home = await database();
    const policy = { ...defaults, reviewAboveMinorUnits: 10_000n };
    const setup = {
      definition: orderService(policy),
      face: face(OrderServiceDefinition, commands(policy), queries),
      migrations: new URL("../../migrations/", import.meta.url),
    };
    const places = { databaseUrl: home.url, natsUrl: natsUrl(), namespace: namespace(), grpcPort: 0 };
    service = await startService(setup, { ...places, log });
    service.server.setServing(true);
    order = client(OrderServiceDefinition, `127.0.0.1:${service.grpcPort}`);
    const sword = { kind: "ITEM_KIND_DIGITAL", currency_code: "USD", minor_units: "10000" };
    const shield = { kind: "ITEM_KIND_PHYSICAL", currency_code: "USD", minor_units: "5000" };
    const copies = Object.entries({ sword, shield, franc: { ...sword, currency_code: "CHF" } });
    const rows = copies.map(([name, row]) => ({ item_id: name, name, ...row, available: true, seen: 1 }));
    await service.store.knex("item").insert(rows);
  });
  after(async () => {
    order.close();
    await service.stop(5_000);
    await home.drop();
  });

  /** How a call is refused: its status, its code, and the fields that break rules. */
  async function refusal(call: Promise<unknown>): Promise<string> {
    try {
      await call;
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      return [error.code, error.reason, ...error.violations.map(({ field }) => field)].join(" ");
    }
    return "taken";
  }

  it("places an order, answers a repeat the same, and refuses another under its id", async () => {
    const first = await order.placeOrder(request({ orderId: "o-1", expectedTotal: money("USD", 10_000n) }));
    expect(first.order).to.include({ status: OrderStatus.PLACED, version: 1n, code: "" });
    expect(first.order.purchase).to.deep.include({ orderId: "o-1", total: money("USD", 10_000n) });
    expect(first.order.deadlineTime.getTime() - first.order.createTime.getTime()).to.equal(120_000);
    const repeat = request({ orderId: "o-1", expectedTotal: money("USD", 10_000n) });
    expect(await order.placeOrder(repeat)).to.deep.equal(first);
    expect(await order.getOrder({ orderId: "o-1" })).to.deep.equal(first);
    expect(await refusal(order.placeOrder(request({ orderId: "o-1" })))).to.equal(
      "ALREADY_EXISTS ORDER_ALREADY_EXISTS",
    );
  });

  it("refuses what cannot be priced", async () => {
    const lines = (...itemIds: string[]) => itemIds.map((itemId) => ({ itemId, quantity: 1 }));
    const refusals = {
      "NOT_FOUND ITEM_NOT_FOUND": { lines: lines("dragon") },
      "FAILED_PRECONDITION MIXED_CURRENCIES": { lines: lines("sword", "franc") },
      "FAILED_PRECONDITION PRICE_CHANGED": { expectedTotal: money("USD", 1n) },
      "INVALID_ARGUMENT ADDRESS_REQUIRED": { lines: lines("shield") },
    };
    for (const [how, changes] of Object.entries(refusals)) {
      expect(await refusal(order.placeOrder(request({ orderId: "o-2", ...changes })))).to.equal(how);
    }
    expect(await refusal(order.getOrder({ orderId: "o-2" }))).to.equal("NOT_FOUND ORDER_NOT_FOUND");
    const shipped = request({ orderId: "o-2", lines: lines("shield"), shippingAddress: address() });
    expect((await order.placeOrder(shipped)).order.purchase.shippingAddress).to.deep.equal(address());
  });

  it("reviews and cancels", async () => {
    const large = { lines: [{ itemId: "sword", quantity: 2 }] };
    for (const orderId of ["o-3", "o-4"]) {
      const { order: waiting } = await order.placeOrder(request({ orderId, ...large }));
      expect(waiting).to.include({ status: OrderStatus.AWAITING_APPROVAL, placeTime: undefined });
    }
    const approved = await order.approveOrder({ orderId: "o-3" });
    expect(approved.order).to.include({ status: OrderStatus.PLACED, version: 3n });
    const rejected = await order.rejectOrder({ orderId: "o-4", reason: "too large" });
    expect(rejected.order).to.include({ status: OrderStatus.CANCELLING, code: "REJECTED_BY_REVIEW" });
    expect(rejected.order.waiting).to.deep.equal(["user", "inventory", "item", "shipping", "payment"]);
    for (const call of [order.approveOrder({ orderId: "o-3" }), order.rejectOrder({ orderId: "o-4", reason: "" })]) {
      expect(await refusal(call)).to.equal("FAILED_PRECONDITION ORDER_NOT_AWAITING_APPROVAL");
    }
    const cancelled = await order.cancelOrder({ orderId: "o-3", reason: "" });
    expect(cancelled.order).to.include({ status: OrderStatus.CANCELLING, code: "CANCELLED_BY_USER" });
    expect(await order.cancelOrder({ orderId: "o-3", reason: "again" })).to.deep.equal(cancelled);
    await service.store
      .knex("orders")
      .where({ order_id: "o-1" })
      .update({
        ...{ status: "COMPLETED", complete_time: new Date(), due_time: null },
      });
    const late = order.cancelOrder({ orderId: "o-1", reason: "" });
    expect(await refusal(late)).to.equal("FAILED_PRECONDITION ORDER_COMPLETED");
  });

  it("names the fields that break rules", async () => {
    const twice = [1, 2].map((quantity) => ({ itemId: "sword", quantity }));
    const broken = {
      order_id: { orderId: "no spaces" },
      user_id: { userId: "" },
      lines: { lines: [] },
      "lines[0].quantity": { lines: [{ itemId: "sword", quantity: 0 }] },
      payment_method: { paymentMethod: PaymentMethod.UNSPECIFIED },
      "shipping_address.country": { shippingAddress: address({ country: "Germany" }) },
      "expected_total.minor_units": { expectedTotal: money("USD", -1n) },
      "": { lines: twice },
    };
    for (const [field, changes] of Object.entries(broken)) {
      const how = await refusal(order.placeOrder(request({ orderId: "o-9", ...changes })));
      expect(how, field).to.equal(`INVALID_ARGUMENT INVALID_REQUEST ${field}`);
    }
    const tokenless = order.placeOrder(request({ orderId: "o-9", paymentMethod: PaymentMethod.CARD }));
    expect(await refusal(tokenless)).to.contain("INVALID_ARGUMENT INVALID_REQUEST");
    const list = { userId: "", status: OrderStatus.UNSPECIFIED, pageSize: 0, pageToken: "" };
    expect(await refusal(order.listOrders({ ...list, pageSize: 1001 }))).to.contain("page_size");
    expect(await refusal(order.listOrders({ ...list, pageToken: "x" }))).to.contain("INVALID_PAGE_TOKEN");
  });
});
