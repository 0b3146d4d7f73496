// The table of notifications, and how lists of them are read.

import {
  closePage,
  type Column,
  openPage,
  optional,
  type Paged,
  type PageRequest,
  type Store,
  table,
  text,
  time,
  word,
} from "@pavane/store";
import type { Notification, Way } from "./domain.js";

/** The text is the customer's: it is not copied into the audit log. */
const unaudited: Column<string> = { ...text, audited: false };

export const notifications = table<Notification>("notification", {
  key: "notificationId",
  columns: {
    notificationId: text,
    userId: text,
    orderId: text,
    fact: text,
    channel: word<Way>(),
    recipient: text,
    subject: text,
    body: unaudited,
    status: word<Notification["status"]>(),
    failure: text,
    createTime: time,
    sentTime: optional(time),
  },
});

/** Which notifications to list; undefined for any. */
export interface Filter {
  readonly userId: string | undefined;
  readonly orderId: string | undefined;
}

/** A notification with how its delivery goes. */
export interface Tried extends Notification {
  /** Deliveries begun. */
  readonly attempts: number;
}

/** A page of notifications, newest first. Throws Refused INVALID_PAGE_TOKEN. */
export async function listNotifications(
  { knex }: Store,
  { userId, orderId }: Filter,
  request: PageRequest,
): Promise<Paged<Tried>> {
  const page = openPage(request, `notifications/${userId ?? ""}/${orderId ?? ""}`, ["time", "text"]);
  const query = knex("notification")
    .leftJoin("effect", "effect.key", knex.raw("'notify/' || notification_id"))
    .select("notification.*", "effect.attempts", "effect.last_error")
    .orderBy([
      { column: "create_time", order: "desc" },
      { column: "notification_id", order: "desc" },
    ]);
  if (userId !== undefined) query.where({ user_id: userId });
  if (orderId !== undefined) query.where("notification.order_id", orderId);
  if (page.after !== undefined) query.whereRaw("(create_time, notification_id) < (?, ?)", [...page.after]);
  const records: Record<string, unknown>[] = await query.limit(page.limit);
  // Times come from decisions, so they have whole milliseconds: a Date loses nothing of the key.
  return closePage(page, records.map(read), (row) => [row.createTime.toISOString(), row.notificationId]);
}

function read(record: Readonly<Record<string, unknown>>): Tried {
  const row = notifications.read(record);
  const failure = row.failure === "" ? ((record["last_error"] as string | null) ?? "") : row.failure;
  return { ...row, failure, attempts: (record["attempts"] as number | null) ?? 0 };
}
