// Facts by the catalogue: what is in the option on the message is what is on the wire.
import { expect } from "chai";
import {
  catalogue,
  decodeEnvelope,
  decodeFact,
  decodePayload,
  encodeFact,
  encodeEnvelope,
  Undecodable,
} from "../src/index.js";
import { purchase } from "./samples.js";

const stamp = { id: "fact-1", time: new Date("2026-01-02T03:04:05Z"), version: 3n };
const placed = catalogue["order.placed"];
const released = catalogue["funds.released"];

describe("a fact", () => {
  it("comes back as it was, with the attributes its option names", () => {
    const { envelope, data } = decodeFact(placed, encodeFact(placed, { purchase }, { ...stamp, causeId: "call-1" }));
    expect(data).to.eql({ purchase });
    expect(envelope).to.include({
      id: "fact-1",
      type: "order.placed",
      source: "/pavane/order",
      subject: "order-1",
      aggregate: "order",
      version: 3n,
      orderId: "order-1",
      causeId: "call-1",
      traceparent: undefined,
    });
  });

  it("belongs to no order when its option names none", () => {
    const data = { itemId: "item-sword", restockId: "r-1", quantity: 5n, stock: 50n };
    const received = catalogue["stock.received"];
    const { envelope } = decodeFact(received, encodeFact(received, data, stamp));
    expect(envelope).to.include({ subject: "item-sword", aggregate: "item", orderId: undefined });
  });

  it("is undecodable as another fact", () => {
    const envelope = decodeEnvelope(encodeFact(placed, { purchase }, stamp));
    expect(() => decodePayload(catalogue["order.completed"], envelope)).to.throw(Undecodable, /order.placed is not/);
  });

  it("is undecodable when it carries another message than its own", () => {
    const envelope = decodeEnvelope(encodeFact(placed, { purchase }, stamp));
    const typeUrl = "type.googleapis.com/pavane.order.v1.OrderCompleted";
    expect(() => decodePayload(placed, { ...envelope, typeUrl })).to.throw(Undecodable, /carries a/);
  });

  it("is undecodable when its payload is cut off", () => {
    const envelope = decodeEnvelope(encodeFact(placed, { purchase }, stamp));
    const cut = decodeEnvelope(encodeEnvelope({ ...envelope, data: envelope.data.subarray(0, 40) }));
    expect(() => decodePayload(placed, cut)).to.throw(Undecodable, /not a pavane.order.v1.OrderPlaced/);
  });

  it("that cannot be written leaves nothing behind for the next", () => {
    const bad = { purchase, amount: { currencyCode: "USD", minorUnits: 2n ** 70n } };
    const before = encodeFact(placed, { purchase }, stamp);
    expect(() => encodeFact(released, bad, stamp)).to.throw();
    expect(encodeFact(placed, { purchase }, stamp)).to.eql(before);
  });
});

describe("the catalogue", () => {
  it("has every fact of the flow under its name, owned by the service that announces it", () => {
    const owners: Record<string, string[]> = {};
    for (const type of Object.values(catalogue)) owners[type.owner] = [...(owners[type.owner] ?? []), type.name];
    expect(owners).to.eql({
      inventory: ["slots.rejected", "slots.released", "slots.reserved"],
      item: ["item.changed", "item.listed", "stock.received", "stock.rejected", "stock.released", "stock.reserved"],
      order: [
        "order.approved",
        "order.cancelled",
        "order.cancelling",
        "order.completed",
        "order.placed",
        "order.submitted",
      ],
      payment: ["payment.captured", "payment.failed", "payment.refunded", "payment.voided"],
      saga: [
        ...["funds.release", "funds.reserve", "order.cancel", "payment.charge", "payment.refund", "saga.compensated"],
        ...["saga.completed", "shipment.cancel", "shipment.prepare", "slots.release", "slots.reserve"],
        ...["stock.release", "stock.reserve"],
      ],
      shipping: [
        "shipment.cancelled",
        "shipment.delivered",
        "shipment.dispatched",
        "shipment.prepared",
        "shipment.rejected",
      ],
      user: [
        "funds.deposited",
        "funds.rejected",
        "funds.released",
        "funds.reserved",
        "user.changed",
        "user.registered",
      ],
    });
  });

  it("retries compensations and confirmations for ever, and nothing else", () => {
    const forever = Object.values(catalogue).filter((type) => type.forever);
    expect(forever.map((type) => type.name)).to.eql([
      "funds.release",
      "funds.released",
      "order.cancelling",
      "order.completed",
      "payment.refund",
      "payment.refunded",
      "payment.voided",
      "shipment.cancel",
      "shipment.cancelled",
      "slots.release",
      "slots.released",
      "stock.release",
      "stock.released",
    ]);
  });

  it("names its declared ends", () => {
    const ends = Object.values(catalogue).filter((type) => type.end);
    expect(ends.map((type) => type.name)).to.eql([
      ...["funds.deposited", "saga.compensated", "saga.completed", "stock.received"],
    ]);
  });
});
