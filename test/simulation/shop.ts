// The shop as something to explore: its services, who and what is there, and what is asked of them.

import type { Ask, Scenario } from "@pavane/choreography/simulator";
import type { ServiceDefinition } from "@pavane/choreography";
import { rules as fieldRules } from "@pavane/contracts";
import type { PlaceOrderRequest } from "@pavane/contracts/order";
import { type Address, ItemKind, PaymentMethod, PurchaseMode, ServiceLevel } from "@pavane/contracts/purchase";
import { UserStatus } from "@pavane/contracts/user";
import { money } from "@pavane/kernel";
import { inventoryService } from "@pavane/service-inventory";
import { itemService } from "@pavane/service-item";
import { orderService } from "@pavane/service-order";
import { paymentService } from "@pavane/service-payment";
import { shippingService } from "@pavane/service-shipping";
import { userService } from "@pavane/service-user";
import { deeds, ends, safety } from "./rules.js";

/** The shop's services; an order above 100.00 waits for a review, inventories have 2 slots, only the US is delivered to. */
export function services(): readonly ServiceDefinition[] {
  const participants = ["user", "inventory", "item", "shipping", "payment"];
  return [
    orderService({ deadlineSeconds: 120, reviewAboveMinorUnits: 10_000n, reviewHours: 24, participants }),
    userService,
    inventoryService({ defaultCapacity: 2 }),
    itemService,
    shippingService({ countries: ["US"] }),
    paymentService,
  ];
}

/** Items there are: a digital one, one that ships, one that costs nothing, one that is dear. */
export type ItemName = "potion" | "boots" | "gift" | "crown";

const catalog: Readonly<Record<ItemName, readonly [kind: ItemKind, price: bigint]>> = {
  potion: [ItemKind.DIGITAL, 1_000n],
  boots: [ItemKind.PHYSICAL, 2_000n],
  gift: [ItemKind.DIGITAL, 0n],
  crown: [ItemKind.PHYSICAL, 20_000n],
};

/** What one customer wants, and what is in the way. */
export interface Wish {
  readonly orderId?: string;
  readonly userId?: string;
  readonly items: readonly ItemName[];
  readonly method: PaymentMethod;
  readonly quantity?: number;
  readonly country?: string;
}

/** What there is to begin with. */
export interface Stock {
  /** Minor units in the wallet of each user. */
  readonly balance?: bigint;
  readonly limit?: bigint;
  readonly currency?: string;
  /** Pieces of each item. */
  readonly pieces?: bigint;
  readonly capacity?: number;
  readonly users?: readonly string[];
}

/** Customers, goods and money. */
export function given(stock: Stock = {}, items: readonly ItemName[] = ["potion", "boots"]): Ask[] {
  const { balance = 50_000n, limit = 50_000n, currency = "USD", pieces = 2n, capacity, users = ["ann"] } = stock;
  const people = users.flatMap((userId): Ask[] => [
    ask("user", "createUser", {
      ...{ userId, name: userId, email: "", currencyCode: currency, purchaseLimit: money(currency, limit) },
    }),
    ...(balance === 0n
      ? []
      : [ask("user", "deposit", { userId, depositId: `first-${userId}`, amount: money(currency, balance) })]),
    ...(capacity === undefined ? [] : [ask("inventory", "setCapacity", { userId, capacity })]),
  ]);
  const shelf = items.map((itemId): Ask => {
    const [kind, price] = catalog[itemId];
    const about = { itemId, name: itemId, kind, price: money("USD", price), initialStock: pieces, available: true };
    return ask("item", "createItem", about);
  });
  return [...people, ...shelf];
}

/** PlaceOrder. */
export function place(wish: Wish): Ask {
  const { orderId = "o1", userId = "ann", items, method, quantity = 1, country = "US" } = wish;
  const ships = items.some((item) => catalog[item][0] === ItemKind.PHYSICAL);
  const shippingAddress: Address = { name: "Ann", street: "1 Main St", city: "Springfield", postalCode: "1", country };
  const request: PlaceOrderRequest = {
    orderId,
    userId,
    lines: items.map((itemId) => ({ itemId, quantity })),
    paymentMethod: method,
    cardToken: method === PaymentMethod.CARD ? "tok_visa" : "",
    ...(ships ? { shippingAddress } : {}),
    serviceLevel: ServiceLevel.STANDARD,
    mode: PurchaseMode.CHOREOGRAPHED,
  };
  return ask("order", "placeOrder", request);
}

/** Things that may be asked about an order at any time. */
export const asks = {
  cancel: (orderId = "o1") => ask("order", "cancelOrder", { orderId, reason: "" }),
  approve: (orderId = "o1") => ask("order", "approveOrder", { orderId }),
  reject: (orderId = "o1") => ask("order", "rejectOrder", { orderId, reason: "" }),
  dispatch: (orderId = "o1") => ask("shipping", "dispatchShipment", { orderId, carrier: "", trackingNumber: "" }),
  deliver: (orderId = "o1") => ask("shipping", "confirmDelivery", { orderId }),
  settle: (orderId = "o1") => ask("payment", "settleRefund", { orderId, reference: "by hand", reason: "refused" }),
  suspend: (userId = "ann") => ask("user", "setStatus", { userId, status: UserStatus.SUSPENDED }),
  dearer: (itemId: ItemName) => ask("item", "setPrice", { itemId, price: money("USD", 9_999n) }),
  withdraw: (itemId: ItemName) => ask("item", "setAvailability", { itemId, available: false }),
};

/** A scenario of the shop: its rules are rule 10's, the provider may approve or decline, give back or refuse to. */
export function shop(name: string, about: Pick<Scenario, "asks"> & Partial<Omit<Scenario, "name" | "asks">>): Scenario {
  return {
    name,
    services: services(),
    given: given(),
    outside: {
      charge: () => [
        { status: "APPROVED", reference: "ch_1" },
        { status: "DECLINED", reason: "no" },
      ],
      refund: () => [
        { status: "REFUNDED", reference: "re_1" },
        { status: "REFUSED", reason: "no" },
      ],
    },
    always: safety,
    deeds,
    ends,
    violations: (fact, bytes) => {
      const found = fieldRules.violations(fact.message, bytes);
      return found.length === 0
        ? undefined
        : found.map(({ field, description }) => `${field}: ${description}`).join("; ");
    },
    ...about,
  };
}

function ask(service: string, command: string, request: unknown): Ask {
  return { service, command, request };
}
