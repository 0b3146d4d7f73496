// What inventory does on hearing a fact.

import { append, one, vocabulary } from "@pavane/choreography";
import { catalogue, choreographed, orchestrated } from "@pavane/contracts";
import { confirm, type OfPurchase, type Policy, release, reserve } from "./domain.js";
import { grants } from "./grant.js";
import { holds } from "./hold.js";
import { inventories } from "./inventory.js";

const { commutes } = vocabulary(catalogue);

const held = {
  inventory: one(inventories, ({ purchase }: OfPurchase) => purchase.userId),
  hold: one(holds, ({ purchase }: OfPurchase) => purchase.orderId),
  grants: append(grants),
};

/** Each safe under any order and number of deliveries, by the state of the order's hold. */
export const reactions = (policy: Policy) => [
  commutes("funds.reserved", ["slots.reserved", "slots.rejected"], held, choreographed(reserve(policy))),
  commutes("order.cancelling", ["slots.released"], held, choreographed(release)),
  commutes("order.completed", [], held, confirm),

  commutes("slots.reserve", ["slots.reserved", "slots.rejected"], held, orchestrated(reserve(policy))),
  commutes("slots.release", ["slots.released"], held, orchestrated(release)),
];
