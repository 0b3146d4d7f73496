// The table of orders, and how lists of them are read.

import { Purchase } from "@pavane/contracts/purchase";
import {
  closePage,
  type Column,
  json,
  message,
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
import type { Order, Status } from "./domain.js";

/** The request holds the card's token: it is not shown in the audit log. */
const unaudited: Column<string> = { ...text, audited: false };

export const orders = table<Order>("orders", {
  key: "orderId",
  aggregate: "order",
  due: "dueTime",
  columns: {
    orderId: text,
    userId: text,
    status: word<Status>(),
    purchase: message(Purchase),
    request: unaudited,
    participants: json<readonly string[]>(),
    answered: json<readonly string[]>(),
    code: text,
    reason: text,
    createTime: time,
    approveTime: optional(time),
    placeTime: optional(time),
    deadlineTime: time,
    dueTime: optional(time),
    completeTime: optional(time),
    cancelTime: optional(time),
    endTime: optional(time),
    shipTime: optional(time),
    deliverTime: optional(time),
    carrier: text,
    trackingNumber: text,
  },
});

/** Which orders to list; undefined for any. */
export interface Filter {
  readonly userId: string | undefined;
  readonly status: Status | undefined;
}

/** One order as it was last committed. */
export async function findOrder({ knex }: Store, orderId: string): Promise<Order | undefined> {
  const record: Record<string, unknown> | undefined = await knex("orders").where({ order_id: orderId }).first();
  return record && orders.read(record);
}

/** A page of orders, newest first. Throws Refused INVALID_PAGE_TOKEN. */
export async function listOrders(
  { knex }: Store,
  { userId, status }: Filter,
  request: PageRequest,
): Promise<Paged<Order>> {
  const page = openPage(request, `orders/${userId ?? ""}/${status ?? ""}`, ["time", "text"]);
  const query = knex("orders").orderBy([
    { column: "create_time", order: "desc" },
    { column: "order_id", order: "desc" },
  ]);
  if (userId !== undefined) query.where({ user_id: userId });
  if (status !== undefined) query.where({ status });
  if (page.after !== undefined) query.whereRaw("(create_time, order_id) < (?, ?)", [...page.after]);
  const records: Record<string, unknown>[] = await query.limit(page.limit);
  // Times come from decisions, so they have whole milliseconds: a Date loses nothing of the key.
  return closePage(page, records.map(orders.read), ({ createTime, orderId }) => [createTime.toISOString(), orderId]);
}
