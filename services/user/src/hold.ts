// The table of holds: what is set aside for each order. A row is never removed.

import { int8, table, text, word } from "@pavane/store";
import type { Hold, HoldState } from "./domain/funds.js";

/** Holds by order id; their facts are funds.reserved, funds.rejected and funds.released. */
export const holds = table<Hold>("hold", {
  key: "orderId",
  aggregate: "funds",
  columns: { orderId: text, userId: text, state: word<HoldState>(), amount: int8 },
});
