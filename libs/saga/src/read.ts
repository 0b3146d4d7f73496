// Reading sagas: one, a page, counts by status, and the log.

import { closePage, openPage, type Paged, type PageRequest, type Store } from "@pavane/store";
import type { Status } from "./machine.js";
import type { Entry, Saga } from "./state.js";
import type { SagaTables } from "./table.js";

/** Which sagas; undefined for any. */
export interface SagaFilter {
  readonly status?: Status | undefined;
  readonly userId?: string | undefined;
  /** Began at this time or later. */
  readonly from?: Date | undefined;
  /** Began before this time. */
  readonly until?: Date | undefined;
}

/** One saga as it was last committed. */
export async function findSaga<Data>(
  { knex }: Store,
  { sagas }: SagaTables<Data>,
  sagaId: string,
): Promise<Saga<Data> | undefined> {
  const record: Record<string, unknown> | undefined = await knex("saga").where({ saga_id: sagaId }).first();
  return record && sagas.read(record);
}

/** A page of sagas, newest first. Throws Refused INVALID_PAGE_TOKEN. */
export async function listSagas<Data>(
  { knex }: Store,
  { sagas }: SagaTables<Data>,
  filter: SagaFilter,
  request: PageRequest,
): Promise<Paged<Saga<Data>>> {
  const { status = "", userId = "", from, until } = filter;
  const scope = ["sagas", status, userId, from?.toISOString() ?? "", until?.toISOString() ?? ""].join("/");
  const page = openPage(request, scope, ["time", "text"]);
  const query = filtered(knex, filter).orderBy([
    { column: "create_time", order: "desc" },
    { column: "saga_id", order: "desc" },
  ]);
  if (page.after !== undefined) query.whereRaw("(create_time, saga_id) < (?, ?)", [...page.after]);
  const records: Record<string, unknown>[] = await query.limit(page.limit);
  // Times come from decisions, so they have whole milliseconds: a Date loses nothing of the key.
  return closePage(page, records.map(sagas.read), ({ createTime, sagaId }) => [createTime.toISOString(), sagaId]);
}

/** How many sagas there are in each status that has any. */
export async function countSagas({ knex }: Store, filter: SagaFilter): Promise<ReadonlyMap<Status, bigint>> {
  const counts: { status: Status; count: bigint }[] = await filtered(knex, filter)
    .select("status")
    .count("* as count")
    .groupBy("status");
  return new Map(counts.map(({ status, count }) => [status, count]));
}

/** The log of a saga after an entry; after 0 all of it. */
export async function readLog<Data>(
  { knex }: Store,
  { log }: SagaTables<Data>,
  sagaId: string,
  after = 0n,
): Promise<Entry<Data>[]> {
  const records: Record<string, unknown>[] = await knex("saga_log")
    .where({ saga_id: sagaId })
    .where("number", ">", String(after))
    .orderBy("number");
  return records.map(log.read);
}

function filtered(knex: Store["knex"], { status, userId, from, until }: SagaFilter) {
  const query = knex("saga");
  if (status !== undefined) query.where({ status });
  if (userId !== undefined) query.where({ user_id: userId });
  if (from !== undefined) query.where("create_time", ">=", from);
  if (until !== undefined) query.where("create_time", "<", until);
  return query;
}
