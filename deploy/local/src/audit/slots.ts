// Inventories: slots are free, reserved or used; holds explain the reserved, and what users own the used.
import type { Books } from "./books.js";
import { type Finding, Sheet } from "./sheet.js";

interface Inventory {
  readonly user_id: string;
  readonly capacity: bigint;
  readonly reserved: bigint;
  readonly used: bigint;
  readonly held_reserved: bigint;
  readonly held_confirmed: bigint;
  readonly granted: bigint;
}

const inventories = `
  with held as (
    select user_id, sum(slots) filter (where state = 'RESERVED') as reserved,
           sum(slots) filter (where state = 'CONFIRMED') as confirmed
      from hold group by user_id
  ), own as (select user_id, sum(quantity) as granted from inventory_item group by user_id)
  select user_id, coalesce(i.capacity, 0)::bigint as capacity, coalesce(i.reserved, 0)::bigint as reserved,
         coalesce(i.used, 0)::bigint as used, coalesce(h.reserved, 0)::bigint as held_reserved,
         coalesce(h.confirmed, 0)::bigint as held_confirmed, coalesce(o.granted, 0)::bigint as granted
    from inventory i full join held h using (user_id) full join own o using (user_id)
   order by user_id`;

/** Checks every inventory against its capacity, its holds and what its user owns. */
export async function auditSlots(books: Books): Promise<Finding[]> {
  const sheet = new Sheet({
    name: "slots",
    says: "slots are free, reserved by holds, or used by what the user owns",
    of: "",
    equations: [
      { left: ["capacity"], right: ["free", "reserved", "used"] },
      { left: ["reserved"], right: ["reserved by holds"] },
      { left: ["used"], right: ["confirmed by holds"] },
      { left: ["used"], right: ["units owned"] },
    ],
  });
  for (const inventory of await books.of("inventory").read<Inventory>(inventories)) {
    const { user_id, capacity, reserved, used } = inventory;
    sheet.looked("inventories");
    const free = capacity - reserved - used;
    if (free < 0n) sheet.violated(`${user_id}: ${reserved} reserved and ${used} used are more than ${capacity}`);
    sheet.same(`${user_id}: reserved`, reserved, inventory.held_reserved);
    sheet.same(`${user_id}: used`, used, inventory.held_confirmed);
    sheet.same(`${user_id}: used`, used, inventory.granted);
    addAll(sheet, inventory, free);
  }
  return [sheet.close()];
}

function addAll(sheet: Sheet, inventory: Inventory, free: bigint): void {
  sheet.add("slots", "capacity", inventory.capacity);
  sheet.add("slots", "free", free);
  sheet.add("slots", "reserved", inventory.reserved);
  sheet.add("slots", "reserved by holds", inventory.held_reserved);
  sheet.add("slots", "used", inventory.used);
  sheet.add("slots", "confirmed by holds", inventory.held_confirmed);
  sheet.add("slots", "units owned", inventory.granted);
}
