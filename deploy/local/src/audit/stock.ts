// Stock: what came in is free, reserved, allocated or sold, and the holds of orders explain all but the free.
import { CreateItemRequest } from "@pavane/contracts/item";
import type { Books } from "./books.js";
import { type Finding, Sheet } from "./sheet.js";

interface Item {
  readonly item_id: string;
  readonly stock: bigint;
  readonly reserved: bigint;
  readonly allocated: bigint;
  readonly sold: bigint;
  readonly received: bigint;
  readonly created: Uint8Array;
  readonly restocked: bigint;
  readonly held_reserved: bigint;
  readonly held_allocated: bigint;
  readonly held_sold: bigint;
}

const items = `
  with line as (
    select state, l->>'itemId' as item_id, l->>'kind' as kind, (l->>'quantity')::bigint as quantity
      from hold, jsonb_array_elements(lines) l
  ), held as (
    select item_id, sum(quantity) filter (where state = 'RESERVED') as reserved,
           sum(quantity) filter (where state = 'ALLOCATED' and kind = 'ITEM_KIND_PHYSICAL') as allocated,
           sum(quantity) filter (where state = 'CONFIRMED' or state = 'ALLOCATED' and kind <> 'ITEM_KIND_PHYSICAL')
             as sold
      from line group by item_id
  ), came as (select item_id, sum(quantity) as quantity from restock group by item_id)
  select coalesce(i.item_id, h.item_id) as item_id, coalesce(i.stock, 0) as stock, coalesce(i.reserved, 0) as reserved,
         coalesce(i.allocated, 0) as allocated, coalesce(i.sold, 0) as sold, coalesce(i.received, 0) as received,
         coalesce(i.created, '') as created, coalesce(c.quantity, 0) as restocked,
         coalesce(h.reserved, 0) as held_reserved, coalesce(h.allocated, 0) as held_allocated,
         coalesce(h.sold, 0) as held_sold
    from item i full join held h using (item_id) left join came c using (item_id)
   order by 1`;

/** Checks every item against itself, its deliveries and its holds. */
export async function auditStock(books: Books): Promise<Finding[]> {
  const sums = new Sheet({
    name: "stock",
    says: "the units that came in are free, reserved, allocated or sold",
    of: "item",
    equations: [
      { left: ["received"], right: ["free", "reserved", "allocated", "sold"] },
      { left: ["received"], right: ["first stock", "restocked"] },
    ],
  });
  const holds = new Sheet({
    name: "stock holds",
    says: "the units reserved, allocated and sold are those the holds of orders say",
    of: "item",
    equations: [
      { left: ["reserved"], right: ["reserved by holds"] },
      { left: ["allocated"], right: ["allocated by holds"] },
      { left: ["sold"], right: ["sold by holds"] },
    ],
  });
  for (const item of await books.of("item").read<Item>(items)) {
    addSums(sums, item);
    addHolds(holds, item);
  }
  return [sums.close(), holds.close()];
}

function addSums(
  sheet: Sheet,
  { item_id, stock, reserved, allocated, sold, received, created, restocked }: Item,
): void {
  sheet.looked("items");
  sheet.add(item_id, "received", received);
  sheet.add(item_id, "free", stock);
  sheet.add(item_id, "reserved", reserved);
  sheet.add(item_id, "allocated", allocated);
  sheet.add(item_id, "sold", sold);
  sheet.add(item_id, "first stock", CreateItemRequest.decode(created).initialStock);
  sheet.add(item_id, "restocked", restocked);
}

function addHolds(sheet: Sheet, item: Item): void {
  sheet.looked("items");
  sheet.add(item.item_id, "reserved", item.reserved);
  sheet.add(item.item_id, "reserved by holds", item.held_reserved);
  sheet.add(item.item_id, "allocated", item.allocated);
  sheet.add(item.item_id, "allocated by holds", item.held_allocated);
  sheet.add(item.item_id, "sold", item.sold);
  sheet.add(item.item_id, "sold by holds", item.held_sold);
}
