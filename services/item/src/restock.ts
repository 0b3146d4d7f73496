// The table of deliveries that came in: append-only, one row for each id a client chose.

import { int8, table, text, time } from "@pavane/store";
import type { Restock } from "./domain/item.js";

/** Deliveries by id. */
export const restocks = table<Restock>("restock", {
  key: "restockId",
  columns: { restockId: text, itemId: text, quantity: int8, createTime: time },
});
