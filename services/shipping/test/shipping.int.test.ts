// Shipping on a stage: its reactions, commands and queries on real Postgres and NATS.

import { PurchaseMode, type Purchase } from "@pavane/contracts/purchase";
import { ShipmentState } from "@pavane/contracts/shipping";
import { Refused } from "@pavane/kernel";
import { address, eventually, goods, line, purchase, type Stage, stage } from "@pavane/testkit";
import { expect } from "chai";
import { shippingService } from "../src/index.js";
import { queries } from "../src/rpc.js";

describe("shipping", () => {
  let play: Stage;
  let serial = 0;

  before(async () => {
    play = await stage({
      definition: shippingService({ countries: ["US"] }),
      migrations: new URL("../../migrations/", import.meta.url),
    });
    await play.join();
  });
  after(() => play.close());

  const orderOf = (changes: Partial<Purchase> = {}) =>
    purchase({ orderId: `order-${++serial}`, lines: [line(), goods()], ...changes });
  const cancel = (bought: Purchase) =>
    play.say("order.cancelling", { purchase: bought, code: "CANCELLED_BY_USER", reason: "" });
  const facts = ({ orderId }: Purchase) =>
    play.announced.filter(({ subject }) => subject === orderId).map(({ type, version }) => `${version} ${type}`);
  const tells = (bought: Purchase, ...expected: string[]) =>
    eventually(() => expect(facts(bought)).to.deep.equal(expected));
  const shipmentOf = async ({ orderId }: Purchase) => (await queries(play.store).getShipment({ orderId })).shipment;
  const becomes = (bought: Purchase, wanted: ShipmentState) =>
    eventually(async () => expect((await shipmentOf(bought)).state).to.equal(wanted));
  const parcel = ({ orderId }: Purchase) => ({ orderId, carrier: "DHL", trackingNumber: "42" });

  async function refusal(call: Promise<unknown>): Promise<string> {
    try {
      await call;
      return "accepted";
    } catch (error) {
      if (error instanceof Refused) return error.code;
      throw error;
    }
  }

  it("prepares, dispatches and delivers once, however often it hears and is asked", async () => {
    const bought = orderOf();
    const id = play.say("stock.reserved", { purchase: bought });
    play.say("stock.reserved", { purchase: bought }, { id });
    play.say("stock.reserved", { purchase: bought });
    await tells(bought, "1 shipment.prepared");
    expect(await refusal(play.ask("dispatchShipment", parcel(bought)))).to.equal("SHIPMENT_NOT_READY");
    expect(await refusal(play.ask("confirmDelivery", bought))).to.equal("SHIPMENT_NOT_DISPATCHED");

    play.say("order.completed", { purchase: bought });
    play.say("order.completed", { purchase: bought });
    await becomes(bought, ShipmentState.READY);
    const asked = await Promise.all([1, 2, 3].map(() => play.ask("dispatchShipment", parcel(bought))));
    expect(asked[1]).to.deep.equal(asked[0]);
    expect(await refusal(play.ask("dispatchShipment", { ...parcel(bought), carrier: "UPS" }))).to.equal(
      "SHIPMENT_ALREADY_DISPATCHED",
    );
    await Promise.all([1, 2, 3].map(() => play.ask("confirmDelivery", { orderId: bought.orderId })));
    await tells(bought, "1 shipment.prepared", "2 shipment.dispatched", "3 shipment.delivered");
    const shipment = await shipmentOf(bought);
    expect(shipment).to.include({ state: ShipmentState.DELIVERED, carrier: "DHL", trackingNumber: "42" });
    expect(shipment.lines).to.deep.equal([goods()]);
    expect(shipment.address).to.deep.equal(address());
    expect(shipment.deliverTime).to.be.instanceOf(Date);
  });

  it("makes up a tracking number, and keeps it", async () => {
    const bought = orderOf();
    play.say("order.completed", { purchase: bought });
    await becomes(bought, ShipmentState.READY);
    const request = { orderId: bought.orderId, carrier: "", trackingNumber: "" };
    const first = await play.ask<{ shipment: { trackingNumber: string } }>("dispatchShipment", request);
    expect(first.shipment.trackingNumber).to.match(/^PV[0-9A-F]{32}$/);
    expect(await play.ask("dispatchShipment", request)).to.deep.equal(first);
  });

  it("rejects an address it does not deliver to, and then answers that it is cancelled", async () => {
    const bought = orderOf({ shippingAddress: address({ country: "AQ" }) });
    play.say("stock.reserved", { purchase: bought });
    await tells(bought, "1 shipment.rejected");
    expect(await shipmentOf(bought)).to.include({ state: ShipmentState.REJECTED, code: "ADDRESS_UNDELIVERABLE" });
    cancel(bought);
    cancel(bought);
    await tells(bought, "1 shipment.rejected", "2 shipment.cancelled");
  });

  it("answers for what it never heard of and for what does not ship, and prepares neither", async () => {
    const unheard = orderOf();
    const digital = orderOf({ lines: [line()] });
    for (const bought of [unheard, digital]) {
      cancel(bought);
      await tells(bought, "1 shipment.cancelled");
      play.say("stock.reserved", { purchase: bought });
    }
    const after = orderOf();
    play.say("stock.reserved", { purchase: after });
    await tells(after, "1 shipment.prepared");
    for (const bought of [unheard, digital]) {
      expect(await shipmentOf(bought)).to.include({ state: ShipmentState.CANCELLED });
      expect(facts(bought)).to.deep.equal(["1 shipment.cancelled"]);
    }
  });

  it("ignores what does not ship, and leaves an orchestrated purchase to its saga", async () => {
    const digital = orderOf({ lines: [line()] });
    const orchestrated = orderOf({ mode: PurchaseMode.ORCHESTRATED });
    play.say("stock.reserved", { purchase: digital });
    play.say("order.completed", { purchase: digital });
    play.say("stock.reserved", { purchase: orchestrated });
    cancel(orchestrated);
    const after = orderOf();
    play.say("stock.reserved", { purchase: after });
    await tells(after, "1 shipment.prepared");
    for (const bought of [digital, orchestrated]) {
      expect(facts(bought)).to.deep.equal([]);
      expect(await refusal(queries(play.store).getShipment(bought))).to.equal("SHIPMENT_NOT_FOUND");
      expect(await refusal(play.ask("dispatchShipment", parcel(bought)))).to.equal("SHIPMENT_NOT_FOUND");
    }
  });

  it("decides a race of dispatch and cancel by the order's word alone", async () => {
    const bought = orderOf();
    play.say("stock.reserved", { purchase: bought });
    await tells(bought, "1 shipment.prepared");
    cancel(bought);
    await tells(bought, "1 shipment.prepared", "2 shipment.cancelled");
    expect(await refusal(play.ask("dispatchShipment", parcel(bought)))).to.equal("SHIPMENT_NOT_READY");
  });

  it("keeps impossible rows out, as the second line", async () => {
    for (const [change, constraint] of [
      [{ state: "LOST" }, /violates check constraint "shipment_/],
      [{ dispatch_time: null }, /shipment_check/],
      [{ tracking_number: "" }, /shipment_check/],
    ] as const) {
      const failure = await play.store
        .knex("shipment")
        .where({ state: "DELIVERED" })
        .update(change)
        .then(String, String);
      expect(failure).to.match(constraint);
    }
  });

  it("leaves its ledger whole: no fact of an order twice, versions without a gap, nothing failed", async () => {
    const { rows } = await play.store.knex.raw<{ rows: { aggregate: string; facts: bigint; last: bigint }[] }>(
      "select aggregate, count(*) as facts, max(version) as last from outbox group by aggregate",
    );
    expect(rows.length).to.be.greaterThan(5);
    for (const { aggregate, facts: count, last } of rows) expect(count, aggregate).to.equal(last);
    const twice = await play.store.knex.raw<{ rows: unknown[] }>(
      "select aggregate, type from outbox group by aggregate, type having count(*) > 1",
    );
    expect(twice.rows).to.deep.equal([]);
    expect(await play.store.knex("failed_message")).to.deep.equal([]);
  });
});
