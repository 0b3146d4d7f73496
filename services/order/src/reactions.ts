// What the order service hears and what becomes due: it alone decides between completed and cancelled.

import { one, vocabulary } from "@pavane/choreography";
import { catalogue, orchestrated } from "@pavane/contracts";
import type { Purchase } from "@pavane/contracts/purchase";
import { answer, cancel, complete, deliver, expire, ship } from "./domain.js";
import { items } from "./item.js";
import { orders } from "./order.js";
import { learn } from "./pricing.js";

const { commutes, due } = vocabulary(catalogue);

const item = { item: one(items, (fact: { readonly itemId: string }) => fact.itemId) };
const order = { order: one(orders, (fact: { readonly purchase: Purchase }) => fact.purchase.orderId) };

// biome-ignore format: a table
export const reactions = [
  commutes("item.listed",         [],                   item,  learn),
  commutes("item.changed",        [],                   item,  learn),

  commutes("payment.captured",    ["order.completed"],  order, complete),

  commutes("funds.rejected",      ["order.cancelling"], order, cancel),
  commutes("slots.rejected",      ["order.cancelling"], order, cancel),
  commutes("stock.rejected",      ["order.cancelling"], order, cancel),
  commutes("shipment.rejected",   ["order.cancelling"], order, cancel),
  commutes("payment.failed",      ["order.cancelling"], order, cancel),
  commutes("order.cancel",        ["order.cancelling"], order, orchestrated(cancel)),

  commutes("funds.released",      ["order.cancelled"],  order, answer("user")),
  commutes("slots.released",      ["order.cancelled"],  order, answer("inventory")),
  commutes("stock.released",      ["order.cancelled"],  order, answer("item")),
  commutes("shipment.cancelled",  ["order.cancelled"],  order, answer("shipping")),
  commutes("payment.voided",      ["order.cancelled"],  order, answer("payment")),
  commutes("payment.refunded",    ["order.cancelled"],  order, answer("payment")),

  commutes("shipment.dispatched", [],                   order, ship),
  commutes("shipment.delivered",  [],                   order, deliver),
];

export const dues = [due("expire", orders, ["order.cancelling"], { order: one(orders, (key: string) => key) }, expire)];
