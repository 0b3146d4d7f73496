// What operators see and do of failed messages: list them, look at one, have it tried again, give it up.

import type { FailedState } from "./failed.js";
import { closePage, openPage, type Paged, type PageRequest } from "./page.js";
import type { Store } from "./pool.js";

/** A failed message as operators see it. */
export interface Letter {
  readonly id: string;
  readonly reaction: string;
  readonly state: FailedState;
  readonly attempts: number;
  readonly dueAt: Date;
  readonly subject: string;
  readonly orderId: string | undefined;
  readonly message: Uint8Array;
  readonly error: string;
  readonly resolution: string | undefined;
  readonly actor: string | undefined;
  readonly failedAt: Date;
  readonly changedAt: Date;
}

/** Which failed messages to list; undefined means all. */
export interface LetterFilter {
  readonly state: FailedState;
  readonly reaction: string | undefined;
  readonly orderId: string | undefined;
}

interface Record {
  readonly id: string;
  readonly reaction: string;
  readonly state: FailedState;
  readonly attempts: number;
  readonly due_at: Date;
  readonly subject: string;
  readonly order_id: string | null;
  readonly message: Uint8Array;
  readonly error: string;
  readonly resolution: string | null;
  readonly actor: string | null;
  readonly failed_at: Date;
  readonly changed_at: Date;
  /** With its microseconds, for the page token. */
  readonly failed_key: string;
}

/** Failed messages, newest first. Throws Refused INVALID_PAGE_TOKEN. */
export async function listLetters(store: Store, filter: LetterFilter, request: PageRequest): Promise<Paged<Letter>> {
  const { state, reaction, orderId } = filter;
  const page = openPage(request, JSON.stringify(["letters", state, reaction, orderId]), ["time", "text"]);
  const query = letters(store).where({ state });
  if (reaction !== undefined) query.where({ reaction });
  if (orderId !== undefined) query.where({ order_id: orderId });
  if (page.after !== undefined) query.whereRaw("(failed_at, id) < (?::timestamptz, ?)", [...page.after]);
  const records: Record[] = await query.orderByRaw("failed_at desc, id desc").limit(page.limit);
  const { rows, nextPageToken } = closePage(page, records, (record) => [record.failed_key, record.id]);
  return { rows: rows.map(toLetter), nextPageToken };
}

/** One failed message. */
export async function findLetter(store: Store, id: string, reaction: string): Promise<Letter | undefined> {
  const record: Record | undefined = await letters(store).where({ id, reaction }).first();
  return record && toLetter(record);
}

/** Has a DEAD or RETRYING message tried again at once, its attempts counted anew. False when it is neither. */
export async function retryLetter(store: Store, id: string, reaction: string, actor: string): Promise<boolean> {
  return await change(store, id, reaction, { state: "RETRYING", attempts: 1, actor, due_at: store.knex.fn.now() });
}

/** Gives a DEAD or RETRYING message up for good. False when it is neither. */
export async function skipLetter(
  store: Store,
  id: string,
  reaction: string,
  { actor, resolution }: { readonly actor: string; readonly resolution: string },
): Promise<boolean> {
  return await change(store, id, reaction, { state: "SKIPPED", actor, resolution });
}

async function change(store: Store, id: string, reaction: string, to: object): Promise<boolean> {
  const count = await store
    .knex("failed_message")
    .where({ id, reaction })
    .whereIn("state", ["DEAD", "RETRYING"])
    .update({ ...to, changed_at: store.knex.fn.now() });
  return count === 1;
}

function letters(store: Store) {
  return store.knex("failed_message").select("*", store.knex.raw("failed_at::text as failed_key"));
}

function toLetter(record: Record): Letter {
  return {
    id: record.id,
    reaction: record.reaction,
    state: record.state,
    attempts: record.attempts,
    dueAt: record.due_at,
    subject: record.subject,
    orderId: record.order_id ?? undefined,
    message: record.message,
    error: record.error,
    resolution: record.resolution ?? undefined,
    actor: record.actor ?? undefined,
    failedAt: record.failed_at,
    changedAt: record.changed_at,
  };
}
