// The face of shipping to its callers.

import { one, vocabulary } from "@pavane/choreography";
import { catalogue } from "@pavane/contracts";
import {
  type GetShipmentRequest,
  type GetShipmentResponse,
  type Shipment as ShipmentMessage,
  ShipmentState,
} from "@pavane/contracts/shipping";
import { ItemKind } from "@pavane/contracts/purchase";
import type { Store } from "@pavane/store";
import { deliver, dispatch, type Shipment, unknownShipment } from "./domain.js";
import { shipments } from "./shipment.js";

const { command } = vocabulary(catalogue);

const ofOrder = { shipment: one(shipments, ({ orderId }: { orderId: string }) => orderId) };
const answer = ({ shipment }: { shipment: Shipment }) => ({ shipment: toMessage(shipment) });

/** Writes. */
export const commands = {
  dispatchShipment: command(["shipment.dispatched"], ofOrder, dispatch, answer),
  confirmDelivery: command(["shipment.delivered"], ofOrder, deliver, answer),
};

/** Reads. */
export const queries = ({ knex }: Store) => ({
  async getShipment({ orderId }: GetShipmentRequest): Promise<GetShipmentResponse> {
    const found = await knex<Record<string, unknown>>(shipments.name).where({ order_id: orderId }).first();
    if (found === undefined) throw unknownShipment(orderId);
    return { shipment: toMessage(shipments.read(found)) };
  },
});

function toMessage({ purchase, state, ...shipment }: Shipment): ShipmentMessage {
  return {
    ...shipment,
    state: ShipmentState[state],
    lines: purchase.lines.filter(({ kind }) => kind === ItemKind.PHYSICAL),
    address: purchase.shippingAddress,
    serviceLevel: purchase.serviceLevel,
  };
}
