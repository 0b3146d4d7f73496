// The table of holds: what is set aside for each order. A row is never removed.

import { json, table, text, word } from "@pavane/store";
import type { HeldLine, Hold, HoldState } from "./domain/stock.js";

/** Holds by order id; their facts are stock.reserved, stock.rejected and stock.released. */
export const holds = table<Hold>("hold", {
  key: "orderId",
  aggregate: "stock",
  columns: { orderId: text, state: word<HoldState>(), lines: json<readonly HeldLine[]>() },
});
