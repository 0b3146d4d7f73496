// What callers ask of the order service: each write a command, each read a query.

import { one, see, vocabulary } from "@pavane/choreography";
import { catalogue } from "@pavane/contracts";
import {
  type GetOrderRequest,
  type GetOrderResponse,
  type ListOrdersRequest,
  type ListOrdersResponse,
  type Order as OrderMessage,
  OrderStatus,
  type PlaceOrderRequest,
} from "@pavane/contracts/order";
import { Refused } from "@pavane/kernel";
import type { Store } from "@pavane/store";
import {
  announced,
  approveOrder,
  cancelOrder,
  type Order,
  placeOrder,
  type Policy,
  rejectOrder,
  type Status,
  waiting,
} from "./domain.js";
import { items } from "./item.js";
import { findOrder, listOrders, orders } from "./order.js";

const { command } = vocabulary(catalogue);

type OrderId = { readonly orderId: string };
const order = { order: one(orders, (request: OrderId) => request.orderId) };
const orderAndItems = {
  items: see(items, (request: PlaceOrderRequest) => request.lines.map(({ itemId }) => itemId)),
  order: one(orders, (request: PlaceOrderRequest) => request.orderId),
};

// biome-ignore format: a table
/** The writes, by the names of the contract. */
export const commands = (policy: Policy) => ({
  placeOrder:   command(["order.submitted", "order.placed"], orderAndItems, placeOrder(policy),   toResponse),
  approveOrder: command(["order.approved", "order.placed"],  order,         approveOrder(policy), toResponse),
  rejectOrder:  command(["order.cancelling"],                order,         rejectOrder,          toResponse),
  cancelOrder:  command(["order.cancelling"],                order,         cancelOrder,          toResponse),
});

/** The reads, by the names of the contract. */
export const queries = (store: Store) => ({
  async getOrder({ orderId }: GetOrderRequest): Promise<GetOrderResponse> {
    const found = await findOrder(store, orderId);
    if (found === undefined) throw new Refused("not_found", "ORDER_NOT_FOUND", `there is no order ${orderId}`);
    return toResponse({ order: found });
  },

  async listOrders(request: ListOrdersRequest): Promise<ListOrdersResponse> {
    const filter = { userId: request.userId || undefined, status: statusOf(request.status) };
    const { rows, nextPageToken } = await listOrders(store, filter, request);
    return { orders: rows.map(toMessage), nextPageToken };
  },
});

function toResponse(after: { readonly order: Order }): { order: OrderMessage } {
  return { order: toMessage(after.order) };
}

function toMessage(row: Order): OrderMessage {
  return {
    ...row,
    status: OrderStatus[row.status],
    version: announced(row),
    waiting: row.status === "CANCELLING" ? waiting(row) : [],
  };
}

const statuses = Object.keys(OrderStatus).filter((name) => name !== "UNSPECIFIED") as Status[];

function statusOf(status: OrderStatus): Status | undefined {
  return statuses.find((name) => OrderStatus[name] === status);
}
