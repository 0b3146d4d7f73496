// What item does on hearing a fact.

import { catalogue, choreographed, orchestrated } from "@pavane/contracts";
import { many, one, vocabulary } from "@pavane/choreography";
import { confirm, deduct, type OfPurchase, release, reserve } from "./domain/stock.js";
import { holds } from "./hold.js";
import { items } from "./item.js";

const { commutes } = vocabulary(catalogue);

const held = {
  hold: one(holds, ({ purchase }: OfPurchase) => purchase.orderId),
  items: many(items, ({ purchase }: OfPurchase) => purchase.lines.map(({ itemId }) => itemId)),
};

/** Each safe under any order and number of deliveries, by the state of the order's hold. */
export const reactions = [
  commutes("slots.reserved", ["stock.reserved", "stock.rejected"], held, choreographed(reserve)),
  commutes("order.cancelling", ["stock.released"], held, choreographed(release)),
  commutes("order.completed", [], held, confirm),
  commutes("shipment.dispatched", [], held, deduct),

  commutes("stock.reserve", ["stock.reserved", "stock.rejected"], held, orchestrated(reserve)),
  commutes("stock.release", ["stock.released"], held, orchestrated(release)),
];
