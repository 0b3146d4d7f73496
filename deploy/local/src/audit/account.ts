// What each service's books say of one order, brought together.
import { Purchase } from "@pavane/contracts/purchase";
import type { Book, Books } from "./books.js";
import type { Operation } from "./provider.js";

/** A hold of user or inventory: how much money, how many slots. */
export interface Hold {
  readonly state: string;
  readonly amount: bigint;
}

/** A hold of item. */
export interface StockHold {
  readonly state: string;
  readonly lines: readonly { readonly itemId: string; readonly quantity: number }[];
}

/** The payment of an order. */
export interface Payment {
  readonly state: string;
  readonly refundRefused: boolean;
  readonly settled: boolean;
  readonly chargeReference: string;
  readonly refundReference: string;
}

/** One order in all books. Undefined: that service has nothing of it. */
export interface Account {
  readonly orderId: string;
  readonly status: string;
  readonly deadline: Date;
  readonly completed: Date | undefined;
  readonly answered: readonly string[];
  readonly participants: readonly string[];
  readonly purchase: Purchase;
  readonly funds: Hold | undefined;
  readonly slots: Hold | undefined;
  readonly stock: StockHold | undefined;
  readonly shipment: { readonly state: string } | undefined;
  readonly payment: Payment | undefined;
  readonly saga: { readonly state: string } | undefined;
  readonly charges: readonly Operation[];
  readonly refunds: readonly Operation[];
}

interface Order {
  readonly order_id: string;
  readonly status: string;
  readonly deadline_time: Date;
  readonly complete_time: Date | null;
  readonly answered: readonly string[];
  readonly participants: readonly string[];
  readonly purchase: Uint8Array;
}

const pageSize = 1_000;

/** Every order with what all books say of it, a page at a time, by order id. */
export async function* accounts(books: Books): AsyncIterable<Account> {
  for (let after = ""; ; ) {
    const orders = await books.of("order").read<Order>(
      `select order_id, status, deadline_time, complete_time, answered, participants, purchase
         from orders where order_id > $1 order by order_id limit ${pageSize}`,
      [after],
    );
    yield* await accountsOf(orders, books);
    const last = orders.at(-1);
    if (last === undefined || orders.length < pageSize) return;
    after = last.order_id;
  }
}

async function accountsOf(orders: readonly Order[], books: Books): Promise<Account[]> {
  const ids = orders.map(({ order_id }) => order_id);
  const holds = "select order_id, state, amount from hold where order_id = any($1)";
  const slots = "select order_id, state, slots::bigint as amount from hold where order_id = any($1)";
  const stock = "select order_id, state, lines from hold where order_id = any($1)";
  const shipment = "select order_id, state from shipment where order_id = any($1)";
  const payment = `
    select order_id, state, refund_refused as "refundRefused", settled,
           charge_reference as "chargeReference", refund_reference as "refundReference"
      from payment where order_id = any($1)`;
  const saga = "select saga_id as order_id, status as state from saga where saga_id = any($1)";
  const [funds, room, goods, parcels, payments, sagas] = await Promise.all([
    byOrder<Hold>(books.of("user"), holds, ids),
    byOrder<Hold>(books.of("inventory"), slots, ids),
    byOrder<StockHold>(books.of("item"), stock, ids),
    byOrder<{ readonly state: string }>(books.of("shipping"), shipment, ids),
    byOrder<Payment>(books.of("payment"), payment, ids),
    byOrder<{ readonly state: string }>(books.of("saga"), saga, ids),
  ]);
  return orders.map((order) => ({
    ...ownOf(order),
    funds: funds.get(order.order_id),
    slots: room.get(order.order_id),
    stock: goods.get(order.order_id),
    shipment: parcels.get(order.order_id),
    payment: payments.get(order.order_id),
    saga: sagas.get(order.order_id),
    charges: books.provider.chargesOf(order.order_id),
    refunds: books.provider.refundsOf(order.order_id),
  }));
}

function ownOf({ order_id, status, deadline_time, complete_time, answered, participants, purchase }: Order) {
  return {
    orderId: order_id,
    status,
    deadline: deadline_time,
    completed: complete_time ?? undefined,
    answered,
    participants,
    purchase: Purchase.decode(purchase),
  };
}

async function byOrder<Row>(book: Book, sql: string, ids: readonly string[]): Promise<ReadonlyMap<string, Row>> {
  const rows = await book.read<Row & { readonly order_id: string }>(sql, [ids]);
  return new Map(rows.map((row) => [row.order_id, row]));
}
