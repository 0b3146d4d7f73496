// Shipping's decisions as given-when-then, and the laws that hold in every order of events.

import { address, goods, line, purchase } from "@pavane/testkit";
import { type Context, Refused } from "@pavane/kernel";
import { expect } from "chai";
import fc from "fast-check";
import { cancel, deliver, dispatch, makeReady, prepare, type Shipment } from "../src/domain.js";

const now = new Date("2026-11-21T10:00:00.123Z");
const context: Context = { now, id: "01936a00-0000-7000-8000-000000000000", version: 1n };
const policy = { countries: ["US", "DE"] };

const mixed = purchase({ lines: [line(), goods()] });
const digital = purchase({ lines: [line()] });
const faraway = purchase({ lines: [goods()], shippingAddress: address({ country: "AQ" }) });

const nobody = { shipment: undefined };
const parcel = { orderId: "order-1", carrier: "", trackingNumber: "" };

function given(changes: Partial<Shipment> = {}): { shipment: Shipment } {
  const shipment = prepare(policy)(nobody, { purchase: mixed }, context).next?.shipment;
  if (shipment === undefined) throw new Error("nothing was prepared");
  return { shipment: { ...shipment, ...changes } };
}
const prepared = given();
const ready = given({ state: "READY" });
const left = given({ state: "DISPATCHED", carrier: "DHL", trackingNumber: "42", dispatchTime: now });
const delivered = given({ ...left.shipment, state: "DELIVERED", deliverTime: now });
const rejected = given({ state: "REJECTED", code: "ADDRESS_UNDELIVERABLE" });
const cancelled = given({ state: "CANCELLED" });

function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof Refused) return `${error.reason} ${error.code}`;
    throw error;
  }
  return "accepted";
}

describe("on stock.reserved, shipping", () => {
  it("prepares what ships to a country of the list", () => {
    const { next, events } = prepare(policy)(nobody, { purchase: mixed }, context);
    expect(next?.shipment).to.include({ state: "PREPARED", orderId: "order-1", createTime: now });
    expect(events).to.deep.equal([{ type: "shipment.prepared", data: { purchase: mixed } }]);
  });

  it("rejects another country with ADDRESS_UNDELIVERABLE", () => {
    const { next, events } = prepare(policy)(nobody, { purchase: faraway }, context);
    const code = "ADDRESS_UNDELIVERABLE";
    const reason = "we do not deliver to AQ, only to US, DE";
    expect(next?.shipment).to.include({ state: "REJECTED", code, reason });
    expect(events).to.deep.equal([{ type: "shipment.rejected", data: { purchase: faraway, code, reason } }]);
  });

  it("rejects goods without an address", () => {
    const { shippingAddress: _, ...nowhere } = faraway;
    const { events } = prepare(policy)(nobody, { purchase: nowhere }, context);
    expect(events?.map(({ type }) => type)).to.deep.equal(["shipment.rejected"]);
  });

  it("ignores an order of which nothing ships", () => {
    expect(prepare(policy)(nobody, { purchase: digital }, context)).to.deep.equal({});
  });

  for (const before of [prepared, ready, left, delivered, rejected, cancelled]) {
    it(`does nothing once the shipment is ${before.shipment.state}`, () => {
      expect(prepare(policy)(before, { purchase: mixed }, context)).to.deep.equal({});
    });
  }
});

describe("on order.cancelling, shipping", () => {
  for (const [what, bought] of Object.entries({ "that ships": mixed, "of which nothing ships": digital })) {
    it(`answers for an order ${what} from a tombstone, and then never prepares it`, () => {
      const { next, events } = cancel(nobody, { purchase: bought }, context);
      expect(next?.shipment).to.include({ state: "CANCELLED", orderId: "order-1" });
      expect(events).to.deep.equal([{ type: "shipment.cancelled", data: { purchase: bought } }]);
      expect(prepare(policy)({ shipment: next?.shipment }, { purchase: bought }, context)).to.deep.equal({});
    });
  }

  for (const before of [prepared, rejected]) {
    it(`cancels a ${before.shipment.state} shipment`, () => {
      const { next, events } = cancel(before, { purchase: mixed }, context);
      expect(next?.shipment).to.include({ state: "CANCELLED", code: before.shipment.code });
      expect(events?.map(({ type }) => type)).to.deep.equal(["shipment.cancelled"]);
    });
  }

  it("has answered once, and announces nothing more", () => {
    expect(cancel(cancelled, { purchase: mixed }, context)).to.deep.equal({});
  });
});

describe("on order.completed, shipping", () => {
  it("makes a prepared shipment ready", () => {
    expect(makeReady(prepared, { purchase: mixed }, context)).to.deep.equal({ next: ready });
  });

  it("makes it ready also when stock.reserved comes later, which then changes nothing", () => {
    const { next } = makeReady(nobody, { purchase: mixed }, context);
    expect(next).to.deep.equal(ready);
    expect(prepare(policy)({ shipment: next?.shipment }, { purchase: mixed }, context)).to.deep.equal({});
  });

  it("ignores an order of which nothing ships", () => {
    expect(makeReady(nobody, { purchase: digital }, context)).to.deep.equal({});
  });

  for (const before of [ready, left, delivered, cancelled]) {
    it(`does nothing once the shipment is ${before.shipment.state}`, () => {
      expect(makeReady(before, { purchase: mixed }, context)).to.deep.equal({});
    });
  }
});

describe("DispatchShipment", () => {
  it("sends what is ready with its carrier and number", () => {
    const { next, events } = dispatch(ready, { ...parcel, carrier: "DHL", trackingNumber: "42" }, context);
    expect(next).to.deep.equal(left);
    const data = { purchase: mixed, carrier: "DHL", trackingNumber: "42" };
    expect(events).to.deep.equal([{ type: "shipment.dispatched", data }]);
  });

  it("makes up a number of its own when none is given", () => {
    const { next } = dispatch(ready, parcel, context);
    expect(next?.shipment).to.include({ carrier: "Pavane", trackingNumber: "PV01936A00000070008000000000000000" });
  });

  for (const before of [left, delivered]) {
    it(`changes nothing when repeated on one that is ${before.shipment.state}`, () => {
      expect(dispatch(before, parcel, context)).to.deep.equal({});
      expect(dispatch(before, { ...parcel, carrier: "DHL", trackingNumber: "42" }, context)).to.deep.equal({});
    });
  }

  for (const [before, request, code] of [
    [nobody, parcel, "not_found SHIPMENT_NOT_FOUND"],
    [prepared, parcel, "not_now SHIPMENT_NOT_READY"],
    [cancelled, parcel, "not_now SHIPMENT_NOT_READY"],
    [rejected, parcel, "not_now SHIPMENT_NOT_READY"],
    [left, { ...parcel, carrier: "UPS" }, "already_exists SHIPMENT_ALREADY_DISPATCHED"],
    [left, { ...parcel, trackingNumber: "43" }, "already_exists SHIPMENT_ALREADY_DISPATCHED"],
  ] as const) {
    it(`is refused ${code} when it is ${before.shipment?.state ?? "unknown"} (${JSON.stringify(request)})`, () => {
      expect(refusal(() => dispatch(before, request, context))).to.equal(code);
    });
  }
});

describe("ConfirmDelivery", () => {
  it("closes what was dispatched", () => {
    const { next, events } = deliver(left, parcel, context);
    expect(next).to.deep.equal(delivered);
    const data = { purchase: mixed, carrier: "DHL", trackingNumber: "42" };
    expect(events).to.deep.equal([{ type: "shipment.delivered", data }]);
  });

  it("changes nothing when repeated", () => {
    expect(deliver(delivered, parcel, context)).to.deep.equal({});
  });

  for (const [before, code] of [
    [nobody, "not_found SHIPMENT_NOT_FOUND"],
    [prepared, "not_now SHIPMENT_NOT_DISPATCHED"],
    [ready, "not_now SHIPMENT_NOT_DISPATCHED"],
    [cancelled, "not_now SHIPMENT_NOT_DISPATCHED"],
  ] as const) {
    it(`is refused ${code} when it is ${before.shipment?.state ?? "unknown"}`, () => {
      expect(refusal(() => deliver(before, parcel, context))).to.equal(code);
    });
  }
});

describe("a shipment in every order of events", () => {
  const inputs = {
    reserved: (rows: { shipment: Shipment | undefined }) => prepare(policy)(rows, { purchase: mixed }, context),
    completed: (rows: { shipment: Shipment | undefined }) => makeReady(rows, { purchase: mixed }, context),
    cancelling: (rows: { shipment: Shipment | undefined }) => cancel(rows, { purchase: mixed }, context),
    dispatch: (rows: { shipment: Shipment | undefined }) => dispatch(rows, parcel, context),
    deliver: (rows: { shipment: Shipment | undefined }) => deliver(rows, parcel, context),
  };
  type Input = keyof typeof inputs;

  function played(order: readonly Input[]): { shipment: Shipment | undefined; events: string[] } {
    const world: { shipment: Shipment | undefined; events: string[] } = { shipment: undefined, events: [] };
    for (const input of order) {
      try {
        const { next, events } = inputs[input](world);
        world.shipment = next?.shipment ?? world.shipment;
        world.events.push(...(events ?? []).map(({ type }) => type));
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
      }
    }
    return world;
  }
  const some = <const Word extends Input>(...words: Word[]) => fc.array(fc.constantFrom(...words), { maxLength: 20 });

  it("of a completed order is ready, whichever fact comes first and however often", () => {
    fc.assert(
      fc.property(some("reserved", "completed"), (order) => {
        const { shipment, events } = played([...order, "completed", "reserved"]);
        expect(shipment?.state).to.equal("READY");
        expect(events.length).to.be.lessThan(2);
      }),
    );
  });

  it("of a completed order is dispatched and delivered once", () => {
    fc.assert(
      fc.property(some("reserved", "completed", "dispatch", "deliver"), (order) => {
        const { shipment, events } = played([...order, "reserved", "completed", "dispatch", "deliver"]);
        expect(shipment?.state).to.equal("DELIVERED");
        expect(events.slice(-2)).to.deep.equal(["shipment.dispatched", "shipment.delivered"]);
        expect(new Set(events).size).to.equal(events.length);
      }),
    );
  });

  it("of a cancelled order never leaves, and answers once and last", () => {
    fc.assert(
      fc.property(some("reserved", "cancelling", "dispatch", "deliver"), (order) => {
        const { shipment, events } = played([...order, "cancelling", "reserved", "dispatch"]);
        expect(shipment?.state).to.equal("CANCELLED");
        expect(events.at(-1)).to.equal("shipment.cancelled");
        expect(new Set(events).size).to.equal(events.length);
        expect(events).not.to.include("shipment.dispatched");
      }),
    );
  });
});
