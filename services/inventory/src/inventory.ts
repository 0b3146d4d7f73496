// The table of inventories, and how they are read.

import { int4, type Store, table, text } from "@pavane/store";
import type { Inventory } from "./domain.js";

/** Inventories by user id. */
export const inventories = table<Inventory>("inventory", {
  key: "userId",
  columns: { userId: text, capacity: int4, reserved: int4, used: int4 },
});

/** The inventory of one user; undefined for one who was never heard of. */
export async function findInventory({ knex }: Store, userId: string): Promise<Inventory | undefined> {
  const record = await knex(inventories.name).where({ user_id: userId }).first();
  return record && inventories.read(record);
}
