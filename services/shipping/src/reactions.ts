// What shipping reacts to.

import { one, vocabulary } from "@pavane/choreography";
import { catalogue, choreographed, orchestrated } from "@pavane/contracts";
import { cancel, makeReady, type Policy, prepare } from "./domain.js";
import { shipments } from "./shipment.js";

const { commutes } = vocabulary(catalogue);

const ofOrder = { shipment: one(shipments, ({ purchase }: { purchase: { orderId: string } }) => purchase.orderId) };

/** The table of reactions under a policy. */
export const reactions = (policy: Policy) => [
  commutes("stock.reserved", ["shipment.prepared", "shipment.rejected"], ofOrder, choreographed(prepare(policy))),
  commutes("order.completed", [], ofOrder, makeReady),
  commutes("order.cancelling", ["shipment.cancelled"], ofOrder, choreographed(cancel)),

  commutes("shipment.prepare", ["shipment.prepared", "shipment.rejected"], ofOrder, orchestrated(prepare(policy))),
  commutes("shipment.cancel", ["shipment.cancelled"], ofOrder, orchestrated(cancel)),
];
