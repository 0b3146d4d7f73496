// Every RPC of every service as an untyped door: what it takes as JSON, and what it answers to whom it does not know.
import { bytesOf, type MessageType } from "@pavane/contracts";
import { InventoryServiceDefinition } from "@pavane/contracts/inventory";
import { ItemServiceDefinition } from "@pavane/contracts/item";
import { NotificationServiceDefinition } from "@pavane/contracts/notification";
import { OperationsServiceDefinition } from "@pavane/contracts/operations";
import { OrderServiceDefinition } from "@pavane/contracts/order";
import { PaymentServiceDefinition } from "@pavane/contracts/payment";
import { SagaServiceDefinition } from "@pavane/contracts/saga";
import { ShippingServiceDefinition } from "@pavane/contracts/shipping";
import { UserServiceDefinition } from "@pavane/contracts/user";
import { type Client, client, RpcError, type ServiceDescription } from "@pavane/rpc";

/** What each service serves, beside OperationsService. */
export const definitions: Readonly<Record<string, ServiceDescription>> = {
  order: OrderServiceDefinition,
  user: UserServiceDefinition,
  inventory: InventoryServiceDefinition,
  item: ItemServiceDefinition,
  shipping: ShippingServiceDefinition,
  payment: PaymentServiceDefinition,
  notification: NotificationServiceDefinition,
  saga: SagaServiceDefinition,
};

/** An RPC to knock at. */
export interface Door {
  /** `payment OperationsService/ListDeadLetters`. */
  readonly name: string;
  /** `OperationsService/ListDeadLetters`. */
  readonly path: string;
  /** The bytes of a request given as JSON. */
  bytes(json: object): Uint8Array;
  /** Sends these bytes as the request. Answers OK, or rejects with RpcError. */
  knock(bytes: Uint8Array): Promise<"OK">;
}

/** All RPCs of the services at these addresses; `close` them. */
export function openDoors(address: (service: string) => string) {
  const open: Client<ServiceDescription>[] = [];
  const doors = Object.entries(definitions).flatMap(([service, own]) =>
    [own, OperationsServiceDefinition].flatMap((definition: ServiceDescription) => {
      const one = client(raw(definition), address(service));
      open.push(one);
      return Object.entries(definition.methods).map(([key, { name, requestType }]): Door => {
        const path = `${definition.name}/${name}`;
        return {
          name: `${service} ${path}`,
          path,
          bytes: (json) => bytesOf(requestType, requestType.fromJSON(json)).slice(),
          knock: async (bytes) => {
            // A method of a description whose requests and answers are bytes.
            const answer = (one[key] as (request: unknown) => Promise<unknown> | AsyncIterable<unknown>)(bytes);
            if (!(Symbol.asyncIterator in answer)) await answer;
            else for await (const _first of answer) break;
            return "OK";
          },
        };
      });
    }),
  );
  return { doors, close: () => open.forEach((one) => one.close()) };
}

/** The same service, with bytes for requests and answers. */
function raw(definition: ServiceDescription): ServiceDescription {
  const methods = Object.entries(definition.methods).map(([key, method]) => {
    return [key, { ...method, requestType: anything, responseType: anything }] as const;
  });
  return { ...definition, methods: Object.fromEntries(methods) };
}

const anything: MessageType<unknown> = {
  encode: (message, writer) => {
    if (writer === undefined) throw new TypeError("bytes are written to the writer of a call");
    return writer.raw(message as Uint8Array);
  },
  decode: (bytes) => bytes,
  fromJSON: (json) => json,
  toJSON: (message) => message,
};

/** What a call came to: `OK`, or its status with the refusal's code. */
export async function outcome(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return "OK";
  } catch (error) {
    if (error instanceof RpcError) return `${error.code} ${error.reason}`;
    throw error;
  }
}

const [orderId, userId, itemId, deadLetterId] = ["nobody", "nobody", "nobody", "nobody:order.placed"];
const usd = { currencyCode: "USD", minorUnits: "100" };

/** A good request of every RPC that names something nobody knows, and what it is answered. */
export const strangers: Readonly<Record<string, readonly [request: object, answer: string]>> = {
  "OrderService/PlaceOrder": [
    { orderId: "stranger", userId, lines: [{ itemId, quantity: 1 }], paymentMethod: "PAYMENT_METHOD_WALLET" },
    "NOT_FOUND ITEM_NOT_FOUND",
  ],
  "OrderService/GetOrder": [{ orderId }, "NOT_FOUND ORDER_NOT_FOUND"],
  "OrderService/ListOrders": [{ userId }, "OK"],
  "OrderService/CancelOrder": [{ orderId }, "NOT_FOUND ORDER_NOT_FOUND"],
  "OrderService/ApproveOrder": [{ orderId }, "NOT_FOUND ORDER_NOT_FOUND"],
  "OrderService/RejectOrder": [{ orderId }, "NOT_FOUND ORDER_NOT_FOUND"],
  "UserService/CreateUser": [{ userId: "guest", name: "A Guest", currencyCode: "USD", purchaseLimit: usd }, "OK"],
  "UserService/GetUser": [{ userId }, "NOT_FOUND USER_NOT_FOUND"],
  "UserService/Deposit": [{ userId, depositId: "stranger", amount: usd }, "NOT_FOUND USER_NOT_FOUND"],
  "UserService/SetStatus": [{ userId, status: "USER_STATUS_SUSPENDED" }, "NOT_FOUND USER_NOT_FOUND"],
  "UserService/SetPurchaseLimit": [{ userId, purchaseLimit: usd }, "NOT_FOUND USER_NOT_FOUND"],
  "UserService/ListWalletEntries": [{ userId }, "NOT_FOUND USER_NOT_FOUND"],
  // A user unknown to inventory has the default capacity.
  "InventoryService/GetInventory": [{ userId }, "OK"],
  "InventoryService/SetCapacity": [{ userId: "guest", capacity: 7 }, "OK"],
  "ItemService/CreateItem": [{ itemId: "gift", name: "A Gift", kind: "ITEM_KIND_DIGITAL", price: usd }, "OK"],
  "ItemService/GetItem": [{ itemId }, "NOT_FOUND ITEM_NOT_FOUND"],
  "ItemService/ListItems": [{}, "OK"],
  "ItemService/Restock": [{ itemId, restockId: "stranger", quantity: "1" }, "NOT_FOUND ITEM_NOT_FOUND"],
  "ItemService/SetPrice": [{ itemId, price: usd }, "NOT_FOUND ITEM_NOT_FOUND"],
  "ItemService/SetAvailability": [{ itemId, available: true }, "NOT_FOUND ITEM_NOT_FOUND"],
  "ShippingService/GetShipment": [{ orderId }, "NOT_FOUND SHIPMENT_NOT_FOUND"],
  "ShippingService/DispatchShipment": [{ orderId }, "NOT_FOUND SHIPMENT_NOT_FOUND"],
  "ShippingService/ConfirmDelivery": [{ orderId }, "NOT_FOUND SHIPMENT_NOT_FOUND"],
  "PaymentService/GetPayment": [{ orderId }, "NOT_FOUND PAYMENT_NOT_FOUND"],
  "PaymentService/ListPayments": [{ userId }, "OK"],
  "PaymentService/SettleRefund": [{ orderId, reference: "none", reason: "none" }, "NOT_FOUND PAYMENT_NOT_FOUND"],
  "NotificationService/ListNotifications": [{ userId }, "OK"],
  // Preferences may be set before it was heard of the user.
  "NotificationService/SetPreferences": [{ userId: "guest", channels: ["CHANNEL_LOG"] }, "OK"],
  "SagaService/GetSaga": [{ sagaId: orderId }, "NOT_FOUND SAGA_NOT_FOUND"],
  "SagaService/ListSagas": [{ userId }, "OK"],
  "SagaService/GetStatistics": [{ userId }, "OK"],
  "SagaService/WatchSaga": [{ sagaId: orderId }, "NOT_FOUND SAGA_NOT_FOUND"],
  "SagaService/RetryCompensation": [{ sagaId: orderId }, "NOT_FOUND SAGA_NOT_FOUND"],
  "SagaService/AbortSaga": [{ sagaId: orderId }, "NOT_FOUND SAGA_NOT_FOUND"],
  "OperationsService/ListDeadLetters": [{ orderId }, "OK"],
  "OperationsService/GetDeadLetter": [{ deadLetterId }, "NOT_FOUND DEAD_LETTER_NOT_FOUND"],
  "OperationsService/RetryDeadLetter": [{ deadLetterId }, "NOT_FOUND DEAD_LETTER_NOT_FOUND"],
  "OperationsService/SkipDeadLetter": [{ deadLetterId, reason: "none" }, "NOT_FOUND DEAD_LETTER_NOT_FOUND"],
  "OperationsService/ListTransactions": [{ orderId }, "OK"],
};

/** The RPCs whose every field may be missing, each with a request that breaks the rule of one. */
export const undemanding: Readonly<Record<string, object>> = {
  "OrderService/ListOrders": { pageSize: -1 },
  "ItemService/ListItems": { pageSize: -1 },
  "PaymentService/ListPayments": { pageSize: -1 },
  "NotificationService/ListNotifications": { pageSize: -1 },
  "SagaService/ListSagas": { pageSize: -1 },
  "SagaService/GetStatistics": { userId: "?" },
  "OperationsService/ListDeadLetters": { pageSize: -1 },
};
