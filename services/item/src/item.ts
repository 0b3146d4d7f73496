// The table of items, and how they are read.

import { CreateItemRequest } from "@pavane/contracts/item";
import type { ItemKind } from "@pavane/contracts/purchase";
import { bool, int8, message, type Page, type Store, table, text, time, word } from "@pavane/store";
import type { Item } from "./domain/item.js";

/** Items by id; their facts are item.* and stock.received. */
export const items = table<Item>("item", {
  key: "itemId",
  aggregate: "item",
  columns: {
    itemId: text,
    name: text,
    kind: word<ItemKind>(),
    currencyCode: text,
    priceMinorUnits: int8,
    available: bool,
    stock: int8,
    reserved: int8,
    allocated: int8,
    sold: int8,
    received: int8,
    createTime: time,
    created: message(CreateItemRequest),
  },
});

/** One item. */
export async function findItem({ knex }: Store, itemId: string): Promise<Item | undefined> {
  const record = await knex(items.name).where({ item_id: itemId }).first();
  return record && items.read(record);
}

/** A page of the items, by id. */
export async function pageOfItems({ knex }: Store, { after, limit }: Page): Promise<Item[]> {
  const query = knex(items.name).orderBy("item_id").limit(limit);
  if (after !== undefined) query.whereRaw("item_id > ?", after);
  return (await query).map(items.read);
}
