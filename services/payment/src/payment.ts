// The table `payment`: one row an order, the payment's hold.

import { Purchase } from "@pavane/contracts/purchase";
import {
  bool,
  closePage,
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
import type { Payment, State } from "./domain.js";

/** Payments by order id. */
export const payments = table<Payment>("payment", {
  key: "orderId",
  aggregate: "payment",
  columns: {
    orderId: text,
    userId: text,
    state: word<State>(),
    purchase: message(Purchase),
    cancelling: bool,
    refundRefused: bool,
    settled: bool,
    chargeReference: text,
    refundReference: text,
    code: text,
    reason: text,
    createTime: time,
    captureTime: optional(time),
    refundTime: optional(time),
  },
});

/** Which payments a list shows; an empty user id and no state mean any. */
export interface PaymentFilter {
  readonly userId: string;
  readonly state: State | undefined;
  readonly refundRefused: boolean;
}

/** The payment of an order, as it is stored now. */
export async function findPayment({ knex }: Store, orderId: string): Promise<Payment | undefined> {
  const record = await knex<Record<string, unknown>>(payments.name).where({ order_id: orderId }).first();
  return record === undefined ? undefined : payments.read(record);
}

/** Payments, newest first. Throws Refused INVALID_PAGE_TOKEN. */
export async function listPayments(store: Store, filter: PaymentFilter, request: PageRequest): Promise<Paged<Payment>> {
  const { userId, state, refundRefused } = filter;
  const page = openPage(request, JSON.stringify(["payments", userId, state, refundRefused]), ["time", "text"]);
  const query = store
    .knex(payments.name)
    // A Date would lose the microseconds, and with them rows between two pages.
    .select<Record<string, unknown>[]>("*", store.knex.raw("to_json(create_time) #>> '{}' as created"))
    .orderBy([
      { column: "create_time", order: "desc" },
      { column: "order_id", order: "desc" },
    ])
    .limit(page.limit);
  if (userId !== "") query.where({ user_id: userId });
  if (state !== undefined) query.where({ state });
  if (refundRefused) query.where({ refund_refused: true });
  if (page.after !== undefined) query.whereRaw("(create_time, order_id) < (?, ?)", [...page.after]);
  const { rows, nextPageToken } = closePage(page, await query, (record) => [
    String(record["created"]),
    String(record["order_id"]),
  ]);
  return { rows: rows.map((record) => payments.read(record)), nextPageToken };
}
