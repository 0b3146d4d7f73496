// The table of holds: what is set aside for each order. A row is never removed.

import { int4, table, text, word } from "@pavane/store";
import type { Hold, HoldState } from "./domain.js";

/** Holds by order id; their facts are slots.reserved, slots.rejected and slots.released. */
export const holds = table<Hold>("hold", {
  key: "orderId",
  aggregate: "slots",
  columns: { orderId: text, userId: text, state: word<HoldState>(), slots: int4 },
});
