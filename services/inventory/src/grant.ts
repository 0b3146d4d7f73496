// The table of what users own: append-only, one row for each line that was granted.

import type { InventoryItem } from "@pavane/contracts/inventory";
import { int4, type Page, type Store, table, text, time } from "@pavane/store";
import type { Grant } from "./domain.js";

/** Grants by `order/item`. */
export const grants = table<Grant>("inventory_item", {
  key: "grantId",
  columns: { grantId: text, userId: text, orderId: text, itemId: text, quantity: int4, createTime: time },
});

/** A page of what a user owns, by item id, over all orders. */
export async function pageOfOwned({ knex }: Store, userId: string, { after, limit }: Page): Promise<InventoryItem[]> {
  const query = knex(grants.name)
    .select({ itemId: "item_id" })
    .select(knex.raw("sum(quantity)::int4 as quantity"))
    .where({ user_id: userId })
    .groupBy("item_id")
    .orderBy("item_id")
    .limit(limit);
  if (after !== undefined) query.whereRaw("item_id > ?", after);
  return await query;
}
