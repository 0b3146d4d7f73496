import { type ListOrdersRequest, type Order, OrderStatus, type PlaceOrderRequest } from "@pavane/contracts/order";
import { ItemKind, type Purchase } from "@pavane/contracts/purchase";
import { money } from "@pavane/kernel";
import { eventually, type Stage, stage } from "@pavane/testkit";
import { expect } from "chai";
import { defaults } from "../src/domain.js";
import { orderService } from "../src/index.js";
import { queries } from "../src/rpc.js";
import { request } from "./given.js";

const migrations = new URL("../../migrations/", import.meta.url);
const shipment = { carrier: "DHL", trackingNumber: "T1" };
const rejection = { code: "OUT_OF_STOCK", reason: "none is left", itemId: "sword" };

describe("the order service", function () {
  this.timeout(60_000);
  let shop: Stage;

  const onStage = async (policy = {}): Promise<void> => {
    shop = await stage({ definition: orderService({ ...defaults, ...policy }), migrations });
    list("sword", 10_000n);
    await eventually(() => place({ orderId: "warm-up" }));
  };
  afterEach(() => shop.close());

  const list = (itemId: string, minorUnits: bigint, version = 1n, id?: string): string => {
    const fact = { itemId, name: itemId, kind: ItemKind.DIGITAL, price: money("USD", minorUnits), available: true };
    return shop.say(version === 1n ? "item.listed" : "item.changed", fact, { version, ...(id && { id }) });
  };
  const place = async (changes: Partial<PlaceOrderRequest> = {}): Promise<Order> => {
    const { order } = await shop.ask<{ order: Order }>("placeOrder", request(changes));
    return order;
  };
  const get = async (orderId: string): Promise<Order> => (await queries(shop.store).getOrder({ orderId })).order;
  const status = async (orderId: string): Promise<string> => (await get(orderId)).status.replace("ORDER_STATUS_", "");
  const becomes = (orderId: string, expected: string) =>
    eventually(async () => expect(await status(orderId)).to.equal(expected));
  const factsOf = (orderId: string): string[] =>
    shop.announced.filter(({ subject }) => subject === orderId).map(({ type, version }) => `${version} ${type}`);
  const answerAll = (purchase: Purchase): void => {
    const amount = purchase.total;
    shop.say("funds.released", { purchase, amount });
    shop.say("slots.released", { purchase, slots: 1 });
    shop.say("stock.released", { purchase });
    shop.say("shipment.cancelled", { purchase });
    shop.say("payment.refunded", { purchase, amount, reference: "", settled: false });
  };

  it("completes, ships and delivers an order, whatever is delivered again", async () => {
    await onStage();
    const { purchase, status: first, version } = await place();
    expect([first, version]).to.deep.equal(["ORDER_STATUS_PLACED", 1n]);
    const captured = { purchase, amount: purchase.total, reference: "" };
    const id = shop.say("payment.captured", captured);
    for (let again = 0; again < 5; again++) shop.say("payment.captured", captured, { id });
    await becomes("order-1", "COMPLETED");
    shop.say("shipment.dispatched", { purchase, ...shipment });
    await becomes("order-1", "SHIPPED");
    shop.say("shipment.delivered", { purchase, ...shipment });
    shop.say("shipment.dispatched", { purchase, ...shipment });
    await becomes("order-1", "DELIVERED");
    await eventually(() => expect(factsOf("order-1")).to.deep.equal(["1 order.placed", "2 order.completed"]));
    expect(await get("order-1")).to.include({ version: 2n, ...shipment });
  });

  it("cancels an order when a participant refuses, once all have answered", async () => {
    await onStage();
    const { purchase } = await place();
    shop.say("stock.rejected", { purchase, ...rejection });
    await becomes("order-1", "CANCELLING");
    shop.say("funds.released", { purchase, amount: purchase.total });
    await eventually(async () =>
      expect(await get("order-1")).to.deep.include({
        answered: ["user"],
        waiting: ["inventory", "item", "shipping", "payment"],
        code: "OUT_OF_STOCK",
        reason: "none is left",
      }),
    );
    shop.say("payment.captured", { purchase, amount: purchase.total, reference: "late" });
    answerAll(purchase);
    await becomes("order-1", "CANCELLED");
    answerAll(purchase);
    const expected = ["1 order.placed", "2 order.cancelling", "3 order.cancelled"];
    await eventually(() => expect(factsOf("order-1")).to.deep.equal(expected));
    expect(await get("order-1")).to.deep.include({ version: 3n, waiting: [] });
  });

  it("reviews a large order", async () => {
    await onStage();
    const lines = [{ itemId: "sword", quantity: 101 }];
    for (const orderId of ["large-1", "large-2"]) await place({ orderId, lines });
    expect(await status("large-1")).to.equal("AWAITING_APPROVAL");
    await shop.ask("approveOrder", { orderId: "large-1" });
    await shop.ask("rejectOrder", { orderId: "large-2", reason: "too large" });
    const { purchase } = await get("large-2");
    answerAll(purchase);
    await becomes("large-2", "CANCELLED");
    const approved = ["1 order.submitted", "2 order.approved", "3 order.placed"];
    await eventually(() => expect(factsOf("large-1")).to.deep.equal(approved));
    const rejected = ["1 order.submitted", "2 order.cancelling", "3 order.cancelled"];
    await eventually(() => expect(factsOf("large-2")).to.deep.equal(rejected));
    const versions = await Promise.all(["large-1", "large-2"].map(get));
    expect(versions.map(({ version, code }) => [version, code])).to.deep.equal([
      [3n, ""],
      [3n, "REJECTED_BY_REVIEW"],
    ]);
  });

  it("cancels an order at its deadline, by the database's clock, though two replicas look", async () => {
    await onStage({ deadlineSeconds: 1 });
    await shop.join();
    const orderIds = Array.from({ length: 20 }, (_, index) => `late-${index}`);
    await Promise.all(orderIds.map((orderId) => place({ orderId })));
    await eventually(async () => {
      const late = await Promise.all(orderIds.map(get));
      for (const { code, status: now } of late)
        expect([now, code]).to.deep.equal(["ORDER_STATUS_CANCELLING", "EXPIRED"]);
    });
    await eventually(() => {
      for (const orderId of orderIds) expect(factsOf(orderId)).to.deep.equal(["1 order.placed", "2 order.cancelling"]);
    });
  });

  it("takes one of twenty racing orders of one id, and answers the same to those that ask for the same", async () => {
    await onStage();
    const second = await shop.join();
    const asks = Array.from({ length: 20 }, async (_, index) => {
      const wanted = request({ lines: [{ itemId: "sword", quantity: 1 + (index % 2) }] });
      return index % 4 < 2
        ? await shop.ask<{ order: Order }>("placeOrder", wanted)
        : ((await second.execute("placeOrder", wanted, { actor: "test" })) as { order: Order });
    });
    const answers = await Promise.allSettled(asks);
    const placed = answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value.order.purchase] : []));
    const refused = answers.flatMap((answer) =>
      answer.status === "rejected" ? [answer.reason as { code: string }] : [],
    );
    expect(placed).to.have.lengthOf(10);
    for (const purchase of placed) expect(purchase).to.deep.equal(placed[0]);
    expect(refused.map(({ code }) => code)).to.deep.equal(Array(10).fill("ORDER_ALREADY_EXISTS"));
    await eventually(() => expect(factsOf("order-1")).to.deep.equal(["1 order.placed"]));
  });

  it("completes or cancels, never both, when payment and customer race", async () => {
    await onStage();
    const second = await shop.join();
    const orderIds = Array.from({ length: 60 }, (_, index) => `race-${index}`);
    const orders = await Promise.all(orderIds.map((orderId) => place({ orderId })));
    await Promise.allSettled(
      orders.map(async ({ purchase }, index) => {
        shop.say("payment.captured", { purchase, amount: purchase.total, reference: "" });
        const ask = { orderId: purchase.orderId, reason: "" };
        return index % 2 === 0
          ? await shop.ask("cancelOrder", ask)
          : await second.execute("cancelOrder", ask, { actor: "test" });
      }),
    );
    for (const { purchase } of orders) answerAll(purchase);
    await eventually(async () => {
      for (const orderId of orderIds) {
        const ended =
          (await status(orderId)) === "COMPLETED" ? ["2 order.completed"] : ["2 order.cancelling", "3 order.cancelled"];
        expect(factsOf(orderId)).to.deep.equal(["1 order.placed", ...ended]);
      }
    });
  });

  it("prices by the newest it has heard of an item", async () => {
    await onStage();
    list("sword", 12_000n, 3n);
    await eventually(async () =>
      expect((await place({ orderId: `o-${Date.now()}` })).purchase.total.minorUnits).to.equal(12_000n),
    );
    list("sword", 11_000n, 2n);
    list("mark", 1n);
    await eventually(() => place({ orderId: "marked", lines: [{ itemId: "mark", quantity: 1 }] }));
    expect((await place({ orderId: "newest" })).purchase.total.minorUnits).to.equal(12_000n);
  });

  it("lists orders newest first, by user and status, page by page", async () => {
    await onStage();
    const { listOrders } = queries(shop.store);
    for (let index = 0; index < 7; index++) await place({ orderId: `o-${index}`, userId: `user-${index % 2}` });
    await shop.ask("cancelOrder", { orderId: "o-4", reason: "" });
    const pagesOf = async (filter: Partial<ListOrdersRequest>) => {
      const all = { userId: "", status: OrderStatus.UNSPECIFIED, pageSize: 2, pageToken: "" };
      const pages: string[][] = [];
      for (let pageToken = ""; ; ) {
        const { orders, nextPageToken } = await listOrders({ ...all, ...filter, pageToken });
        pages.push(orders.map(({ purchase }) => purchase.orderId));
        if (nextPageToken === "") return pages;
        pageToken = nextPageToken;
      }
    };
    expect(await pagesOf({})).to.deep.equal([
      ["o-6", "o-5"],
      ["o-4", "o-3"],
      ["o-2", "o-1"],
      ["o-0", "warm-up"],
    ]);
    expect(await pagesOf({ userId: "user-0" })).to.deep.equal([
      ["o-6", "o-4"],
      ["o-2", "o-0"],
    ]);
    expect(await pagesOf({ userId: "user-0", status: OrderStatus.PLACED, pageSize: 5 })).to.deep.equal([
      ["o-6", "o-2", "o-0"],
    ]);
    expect(await pagesOf({ status: OrderStatus.CANCELLING })).to.deep.equal([["o-4"]]);
    expect(await pagesOf({ userId: "nobody" })).to.deep.equal([[]]);
    const garbage = listOrders({ userId: "", status: OrderStatus.UNSPECIFIED, pageSize: 2, pageToken: "garbage" });
    expect(await garbage.catch((error: unknown) => error)).to.include({
      reason: "invalid",
      code: "INVALID_PAGE_TOKEN",
    });
    const missing = queries(shop.store).getOrder({ orderId: "nobody" });
    expect(await missing.catch((error: unknown) => error)).to.include({ reason: "not_found", code: "ORDER_NOT_FOUND" });
  });

  it("has constraints that no order can break, whatever the code does", async () => {
    await onStage();
    await place();
    const broken = [
      "status = 'COMPLETED'",
      "status = 'CANCELLED', cancel_time = now(), end_time = now(), code = 'X', due_time = null",
      "complete_time = now(), cancel_time = now()",
      "due_time = null",
      "status = 'LOST'",
      "answered = '[\"stranger\"]'",
      "version = 0",
    ];
    for (const change of broken) {
      const update = shop.store.knex.raw(`update orders set ${change} where order_id = 'order-1'`);
      const error = await update.then(
        () => undefined,
        (thrown: { code?: string }) => thrown.code,
      );
      expect(error, change).to.equal("23514");
    }
  });
});
