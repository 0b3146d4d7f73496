// The table `shipment`: one row an order, the shipment's hold.

import { Purchase } from "@pavane/contracts/purchase";
import { message, optional, table, text, time, word } from "@pavane/store";
import type { Shipment, State } from "./domain.js";

/** Shipments by order id. */
export const shipments = table<Shipment>("shipment", {
  key: "orderId",
  aggregate: "shipment",
  columns: {
    orderId: text,
    userId: text,
    state: word<State>(),
    purchase: message(Purchase),
    carrier: text,
    trackingNumber: text,
    code: text,
    reason: text,
    createTime: time,
    dispatchTime: optional(time),
    deliverTime: optional(time),
  },
});
