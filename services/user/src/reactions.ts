// What user does on hearing a fact.

import { append, one, vocabulary } from "@pavane/choreography";
import { catalogue, choreographed, orchestrated } from "@pavane/contracts";
import { confirm, type OfPurchase, release, reserve } from "./domain/funds.js";
import { entries } from "./entry.js";
import { holds } from "./hold.js";
import { users } from "./user.js";

const { commutes } = vocabulary(catalogue);

const held = {
  user: one(users, ({ purchase }: OfPurchase) => purchase.userId),
  hold: one(holds, ({ purchase }: OfPurchase) => purchase.orderId),
  entries: append(entries),
};

/** Each safe under any order and number of deliveries, by the state of the order's hold. */
export const reactions = [
  commutes("order.placed", ["funds.reserved", "funds.rejected"], held, choreographed(reserve)),
  commutes("order.cancelling", ["funds.released"], held, choreographed(release)),
  commutes("order.completed", [], held, confirm),

  commutes("funds.reserve", ["funds.reserved", "funds.rejected"], held, orchestrated(reserve)),
  commutes("funds.release", ["funds.released"], held, orchestrated(release)),
];
