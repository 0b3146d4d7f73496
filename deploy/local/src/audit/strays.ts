// Strays: nothing is held for an order that does not exist.
import type { AuditedService, Book, Books } from "./books.js";
import { type Finding, Sheet } from "./sheet.js";

const held: readonly { readonly service: AuditedService; readonly table: string }[] = [
  { service: "user", table: "hold" },
  { service: "inventory", table: "hold" },
  { service: "item", table: "hold" },
  { service: "shipping", table: "shipment" },
  { service: "payment", table: "payment" },
];

const pageSize = 5_000;

/**
 * Checks that every hold is of an order. `now` reads the orders as they are by now: the snapshot was opened before those
 * of the holds, and misses orders that were placed between the two.
 */
export async function auditStrays(books: Books, now: Book): Promise<Finding[]> {
  const sheet = new Sheet({ name: "holds", says: "whatever is held is held for an order", of: "service" });
  for (const { service, table } of held) await search(sheet, { book: books.of(service), table, now });
  return [sheet.close()];
}

interface Search {
  readonly book: Book;
  readonly table: string;
  readonly now: Book;
}

async function search(sheet: Sheet, { book, table, now }: Search): Promise<void> {
  const page = `select order_id from ${table} where order_id > $1 order by order_id limit ${pageSize}`;
  for (let after = ""; ; ) {
    const rows = await book.read<{ readonly order_id: string }>(page, [after]);
    const ids = rows.map(({ order_id }) => order_id);
    const unknown = await now.read<{ readonly id: string }>(
      "select id from unnest($1::text[]) as id where not exists (select from orders where order_id = id)",
      [ids],
    );
    sheet.add(book.service, "holds", ids.length);
    for (const { id } of unknown) sheet.violated(`${book.service} has a hold of ${id}, which is no order`);
    const last = ids.at(-1);
    if (last === undefined || ids.length < pageSize) return;
    after = last;
  }
}
