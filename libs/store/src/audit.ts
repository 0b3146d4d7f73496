// The audit log: what every input changed, because of which fact or call, before and after. Append-only.

import type { Statement } from "./burst.js";
import { closePage, openPage, type Paged, type PageRequest } from "./page.js";
import type { Store } from "./pool.js";

/**
 * Appends one row for each input that changed something: arrays of ids, causes, cause ids, actors, order ids,
 * aggregates and announced facts (each joined by commas), and one JSON array of their changes, `[{table, key, before,
 * after}]` each. JSON in an array of texts would be escaped here and unescaped there, at half the cost of the whole row.
 */
export const logTransactions: Statement = {
  name: "audit.log",
  text:
    "insert into transaction_log (id, cause, cause_id, actor, order_id, aggregates, facts, changes) " +
    "select u.id, u.cause, u.cause_id, u.actor, u.order_id, string_to_array(u.aggregates, ','), string_to_array(u.facts, ','), u.changes " +
    "from rows from (unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[]), " +
    "json_array_elements($8::json)) as u(id, cause, cause_id, actor, order_id, aggregates, facts, changes)",
};

/** One line of the audit log. */
export interface LoggedTransaction {
  readonly id: string;
  readonly at: Date;
  readonly cause: string;
  readonly causeId: string;
  readonly actor: string;
  readonly orderId: string | undefined;
  readonly facts: readonly string[];
  readonly changes: readonly LoggedChange[];
}

/** A row before (null where there was none) and after: only the properties that differ. */
export interface LoggedChange {
  readonly table: string;
  readonly key: string;
  readonly before: unknown;
  readonly after: unknown;
}

interface Record {
  readonly id: string;
  readonly at: Date;
  readonly cause: string;
  readonly cause_id: string;
  readonly actor: string;
  readonly order_id: string | null;
  readonly facts: readonly string[];
  readonly changes: readonly LoggedChange[];
  /** With its microseconds, for the page token. */
  readonly at_key: string;
}

/** The log of one order, or of one aggregate given as `type/id`; oldest first. Throws Refused INVALID_PAGE_TOKEN. */
export async function listTransactions(
  store: Store,
  of: { readonly orderId: string } | { readonly aggregate: string },
  request: PageRequest,
): Promise<Paged<LoggedTransaction>> {
  const page = openPage(request, JSON.stringify(["transactions", of]), ["time", "text"]);
  const query = store.knex("transaction_log").select("*", store.knex.raw("at::text as at_key"));
  if ("orderId" in of) query.where({ order_id: of.orderId });
  else query.whereRaw("aggregates @> array[?]::text[]", [of.aggregate]);
  if (page.after !== undefined) query.whereRaw("(at, id) > (?::timestamptz, ?::uuid)", [...page.after]);
  const records: Record[] = await query.orderByRaw("at, id").limit(page.limit);
  const { rows, nextPageToken } = closePage(page, records, (record) => [record.at_key, record.id]);
  return {
    nextPageToken,
    rows: rows.map(({ id, at, cause, cause_id: causeId, actor, order_id, facts, changes }) => ({
      ...{ id, at, cause, causeId, actor, facts, changes },
      orderId: order_id ?? undefined,
    })),
  };
}
