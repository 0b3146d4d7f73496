// Nothing is negative: every whole number that a service keeps.
import type { Book, Books } from "./books.js";
import { type Finding, Sheet } from "./sheet.js";

const columns = `
  select c.relname as table, array_agg(a.attname::text order by a.attnum) as columns
    from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
   where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and not c.relispartition
     and a.atttypid in ('int2'::regtype, 'int4'::regtype, 'int8'::regtype, 'numeric'::regtype)
   group by c.relname order by c.relname`;

/** Checks every column of every table; those of the ledger, which are partitioned, hold no amounts. */
export async function auditSigns(books: Books): Promise<Finding[]> {
  const sheet = new Sheet({ name: "signs", says: "nothing is negative", of: "service" });
  for (const book of books.all) {
    for (const found of await book.read<Numbers>(columns)) await search(sheet, book, found);
  }
  return [sheet.close()];
}

interface Numbers {
  readonly table: string;
  readonly columns: readonly string[];
}

async function search(sheet: Sheet, book: Book, { table, columns }: Numbers): Promise<void> {
  const quoted = columns.map((name) => `"${name}"`);
  const sums = quoted.map((name) => `count(*) filter (where ${name} < 0) as ${name}`);
  const [counts = {}] = await book.read<Record<string, bigint>>(`select ${sums.join(", ")} from "${table}"`);
  sheet.add(book.service, "columns", columns.length);
  for (const [column, count] of Object.entries(counts)) {
    if (count > 0n) sheet.violated(`${book.service}: ${table}.${column} is negative in ${count} rows`);
  }
}
