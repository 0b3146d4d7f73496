// Shipping's own process through its public door: an RPC's answers and refusals.

import { connectBus } from "@pavane/bus";
import { catalogue, encodeFact } from "@pavane/contracts";
import { ShipmentState, ShippingServiceDefinition } from "@pavane/contracts/shipping";
import { type Client, client, RpcError } from "@pavane/rpc";
import { newEventId } from "@pavane/store";
import { database, eventually, goods, namespace, natsUrl, program, purchase } from "@pavane/testkit";
import { expect } from "chai";

describe("the door of shipping", () => {
  const closing: (() => Promise<unknown>)[] = [];
  const parcel = { orderId: "order-1", carrier: "DHL", trackingNumber: "42" };
  let rpc: Client<ShippingServiceDefinition>;
  let complete: () => void;

  before(async () => {
    const home = await database();
    closing.push(() => home.drop());
    const space = namespace();
    const shipping = program(new URL("../src/main.js", import.meta.url), {
      DATABASE_URL: home.url,
      NATS_URL: natsUrl(),
      NAMESPACE: space,
      GRPC_PORT: "0",
      SHIPPING_COUNTRIES: "US, DE",
    });
    closing.push(async () => expect(await shipping.stop()).to.equal(0));
    rpc = client(ShippingServiceDefinition, `127.0.0.1:${await shipping.logged("grpc_port")}`);
    closing.push(async () => rpc.close());
    await shipping.logged("admin_port");
    const bus = await connectBus({ servers: natsUrl(), name: "door", namespace: space });
    closing.push(() => bus.close());
    const stamp = { id: newEventId(), version: 1n, time: new Date() };
    const message = encodeFact(catalogue["order.completed"], { purchase: purchase({ lines: [goods()] }) }, stamp);
    complete = () => bus.connection.publish(`${space}.order.completed`, message);
  });
  after(async () => {
    for (const close of closing.toReversed()) await close();
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

  it("dispatches and delivers what is ready, and answers a repeat the same", async () => {
    expect(await refusal(rpc.dispatchShipment(parcel))).to.equal("NOT_FOUND SHIPMENT_NOT_FOUND");
    complete();
    await eventually(() => rpc.getShipment(parcel));
    expect(await refusal(rpc.confirmDelivery(parcel))).to.equal("FAILED_PRECONDITION SHIPMENT_NOT_DISPATCHED");
    const left = await rpc.dispatchShipment(parcel);
    expect(left.shipment).to.include({ state: ShipmentState.DISPATCHED, carrier: "DHL", trackingNumber: "42" });
    expect(await rpc.dispatchShipment(parcel)).to.deep.equal(left);
    expect(await refusal(rpc.dispatchShipment({ ...parcel, carrier: "UPS" }))).to.equal(
      "ALREADY_EXISTS SHIPMENT_ALREADY_DISPATCHED",
    );
    const arrived = await rpc.confirmDelivery(parcel);
    expect(arrived.shipment.state).to.equal(ShipmentState.DELIVERED);
    expect(await rpc.confirmDelivery(parcel)).to.deep.equal(arrived);
    expect(await rpc.getShipment(parcel)).to.deep.equal(arrived);
  });

  it("refuses what is no order id", async () => {
    expect(await refusal(rpc.getShipment({ orderId: "" }))).to.equal("INVALID_ARGUMENT INVALID_REQUEST order_id");
  });
});
