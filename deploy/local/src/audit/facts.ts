// Facts: every aggregate's versions are gapless and end where its row is, and no order has two ends.
import type { AuditedService, Book, Books } from "./books.js";
import { type Finding, Sheet } from "./sheet.js";

/** Where the version of each type of aggregate is kept. */
const aggregates: Readonly<Partial<Record<AuditedService, readonly Aggregate[]>>> = {
  order: [{ type: "order", table: "orders", key: "order_id" }],
  user: [
    { type: "user", table: "users", key: "user_id" },
    { type: "funds", table: "hold", key: "order_id" },
  ],
  inventory: [{ type: "slots", table: "hold", key: "order_id" }],
  item: [
    { type: "item", table: "item", key: "item_id" },
    { type: "stock", table: "hold", key: "order_id" },
  ],
  shipping: [{ type: "shipment", table: "shipment", key: "order_id" }],
  payment: [{ type: "payment", table: "payment", key: "order_id" }],
  saga: [{ type: "saga", table: "saga", key: "saga_id" }],
};

interface Aggregate {
  readonly type: string;
  readonly table: string;
  readonly key: string;
}

/** Checks the ledgers of all services. */
export async function auditFacts(books: Books): Promise<Finding[]> {
  const versions = new Sheet({
    name: "versions",
    says: "every aggregate's facts have versions without a gap or a repeat, up to the version of its row",
    of: "service",
  });
  const ends = new Sheet({
    name: "order facts",
    says: "no order has both order.completed and order.cancelling, none has one of its ends twice",
    of: "fact",
  });
  for (const book of books.all) {
    const whole = await ledgerIsWhole(book);
    await judgeGaps(versions, book, whole);
    // Where old days were dropped, an aggregate's row may be all that is left of it.
    const kept = whole ? (aggregates[book.service as AuditedService] ?? []) : [];
    for (const aggregate of kept) await judgeRows(versions, book, aggregate);
  }
  await judgeEnds(ends, books.of("order"));
  return [versions.close(), ends.close()];
}

/** Whether no day of the ledger was dropped yet. */
async function ledgerIsWhole(book: Book): Promise<boolean> {
  const [found] = await book.read<{ readonly first: Date | null; readonly bound: string | null }>(`
    select (select min(at) from library_migration) as first,
           (select min(pg_get_expr(c.relpartbound, c.oid)) from pg_inherits join pg_class c on c.oid = inhrelid
             where inhparent = 'outbox'::regclass) as bound`);
  // The first 48 bits of a UUIDv7 are its time in milliseconds.
  const [, high, low] = /FROM \('([0-9a-f]{8})-([0-9a-f]{4})/.exec(found?.bound ?? "") ?? [];
  if (!found?.first || high === undefined || low === undefined) return true;
  return Number.parseInt(high + low, 16) <= found.first.getTime();
}

interface Gap {
  readonly aggregate: string;
  readonly first: bigint;
  readonly last: bigint;
  readonly facts: bigint;
  readonly different: bigint;
}

async function judgeGaps(sheet: Sheet, book: Book, whole: boolean): Promise<void> {
  const [sum] = await book.read<{ readonly facts: bigint; readonly aggregates: bigint }>(
    "select count(*) as facts, count(distinct aggregate) as aggregates from outbox",
  );
  sheet.add(book.service, "facts", sum?.facts ?? 0n);
  sheet.add(book.service, "aggregates", sum?.aggregates ?? 0n);
  const gaps = await book.read<Gap>(`
    select aggregate, min(version) as first, max(version) as last, count(*) as facts, count(distinct version) as different
      from outbox group by aggregate
    having count(*) <> count(distinct version) or max(version) - min(version) + 1 <> count(*)
        or ${whole ? "min(version) <> 1" : "false"}
     order by aggregate limit 100`);
  for (const { aggregate, first, last, facts, different } of gaps) {
    sheet.violated(
      `${book.service}: ${aggregate} has ${facts} facts of ${different} versions from ${first} to ${last}`,
    );
  }
}

interface Behind {
  readonly aggregate: string;
  readonly row: bigint | null;
  readonly said: bigint | null;
}

async function judgeRows(sheet: Sheet, book: Book, { type, table, key }: Aggregate): Promise<void> {
  const behind = await book.read<Behind>(`
    with said as (
      select aggregate, max(version) as version from outbox where starts_with(aggregate, '${type}/') group by aggregate
    ), kept as (select '${type}/' || ${key} as aggregate, version from ${table})
    select aggregate, kept.version as row, said.version as said from kept full join said using (aggregate)
     where coalesce(kept.version, -1) <> coalesce(said.version, 0) order by aggregate limit 100`);
  for (const { aggregate, row, said } of behind) {
    const facts = said === null ? "it has announced nothing" : `its last fact has ${said}`;
    sheet.violated(`${book.service}: ${aggregate} ${row === null ? "has no row" : `has version ${row}`}, and ${facts}`);
  }
}

interface Ends {
  readonly aggregate: string;
  readonly completed: bigint;
  readonly cancelling: bigint;
  readonly cancelled: bigint;
}

async function judgeEnds(sheet: Sheet, book: Book): Promise<void> {
  const counts = `
    select aggregate, count(*) filter (where type = 'order.completed') as completed,
           count(*) filter (where type = 'order.cancelling') as cancelling,
           count(*) filter (where type = 'order.cancelled') as cancelled
      from outbox group by aggregate`;
  const [sum] = await book.read<Omit<Ends, "aggregate">>(`
    select coalesce(sum(completed), 0) as completed, coalesce(sum(cancelling), 0) as cancelling,
           coalesce(sum(cancelled), 0) as cancelled from (${counts}) as counts`);
  for (const name of ["completed", "cancelling", "cancelled"] as const) {
    sheet.add(`order.${name}`, "announced", sum?.[name] ?? 0n);
  }
  const wrong = await book.read<Ends>(`
    select * from (${counts}) as counts
     where completed > 0 and (cancelling > 0 or cancelled > 0) or greatest(completed, cancelling, cancelled) > 1
        or cancelled > cancelling
     order by aggregate limit 100`);
  for (const { aggregate, completed, cancelling, cancelled } of wrong) {
    sheet.violated(`${aggregate} was completed ${completed}, cancelling ${cancelling}, cancelled ${cancelled} times`);
  }
}
