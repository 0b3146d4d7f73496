// A real server over 127.0.0.1 for the tests, and an order service that tests give its answers.
import {
  type Call,
  client,
  type Client,
  type Handlers,
  type RunningServer,
  type ServeOptions,
  serveGrpc,
  service,
} from "../src/index.js";
import {
  type Order,
  OrderServiceDefinition,
  PlaceOrderRequest,
  type PlaceOrderResponse,
} from "@pavane/contracts/order";
import { ItemKind, PaymentMethod, type Purchase, PurchaseMode, ServiceLevel } from "@pavane/contracts/purchase";
import { OrderStatus } from "@pavane/contracts/order";
import { Refused } from "@pavane/kernel";

type Orders = Handlers<OrderServiceDefinition>;
/** Answers PlaceOrder in one test. */
export type Place = (request: PlaceOrderRequest, call: Call) => Promise<PlaceOrderResponse>;

const usd = (minorUnits: bigint): { currencyCode: string; minorUnits: bigint } => ({ currencyCode: "USD", minorUnits });

const purchase: Purchase = {
  orderId: "order-1",
  userId: "user-1",
  lines: [{ itemId: "item-sword", kind: ItemKind.DIGITAL, quantity: 1, unitPrice: usd(10_000n) }],
  total: usd(10_000n),
  paymentMethod: PaymentMethod.WALLET,
  cardToken: "",
  serviceLevel: ServiceLevel.STANDARD,
  mode: PurchaseMode.CHOREOGRAPHED,
};

/** An order as a service would answer it. */
export const order: Order = {
  purchase,
  status: OrderStatus.PLACED,
  version: 1n,
  waiting: [],
  answered: [],
  code: "",
  reason: "",
  createTime: new Date("2026-01-02T03:04:05.678Z"),
  deadlineTime: new Date("2026-01-02T03:06:05.678Z"),
  carrier: "",
  trackingNumber: "",
};

/** A request that breaks no rule. */
export const request: PlaceOrderRequest = PlaceOrderRequest.create({
  orderId: "order-1",
  userId: "user-1",
  lines: [{ itemId: "item-sword", quantity: 1 }],
  paymentMethod: PaymentMethod.WALLET,
});

async function missing(): Promise<never> {
  throw new Refused("not_found", "ORDER_NOT_FOUND", "there is no such order");
}

function handlers(placeOrder: Place, others: Partial<Orders>): Orders {
  return {
    placeOrder,
    getOrder: async () => ({ order }),
    listOrders: async () => ({ orders: [order], nextPageToken: "" }),
    cancelOrder: missing,
    approveOrder: missing,
    rejectOrder: missing,
    ...others,
  };
}

/** What a test has running. */
export interface Host {
  readonly server: RunningServer;
  readonly address: string;
  readonly orders: Client<OrderServiceDefinition>;
  /** What the server wrote to its log. */
  readonly logged: { readonly fields: object; readonly message: string }[];
}

const running: { server: RunningServer; orders: { close: () => void } }[] = [];

/** Starts an order service whose PlaceOrder is `place`. */
export async function host(
  place: Place = async () => ({ order }),
  options: Partial<ServeOptions> = {},
  others: Partial<Orders> = {},
): Promise<Host> {
  const logged: Host["logged"] = [];
  const log = { error: (fields: object, message: string) => logged.push({ fields, message }) };
  const services = [service(OrderServiceDefinition, handlers(place, others))];
  const server = await serveGrpc({ port: 0, host: "127.0.0.1", services, log, ...options });
  const address = `127.0.0.1:${server.port}`;
  const orders = client(OrderServiceDefinition, address);
  running.push({ server, orders });
  return { server, address, orders, logged };
}

/** Stops whatever a test has started. */
export async function stopAll(): Promise<void> {
  for (const { server, orders } of running.splice(0)) {
    orders.close();
    await server.stop(0);
  }
}
