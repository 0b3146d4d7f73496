// The shop as something to explore: its services, who and what is there, and what is asked of them.

import type { Ask, Scenario } from "@pavane/choreography/simulator";
import type { AnyRule, ServiceDefinition } from "@pavane/choreography";
import { rules as fieldRules } from "@pavane/contracts";
import type { PlaceOrderRequest } from "@pavane/contracts/order";
import {
  type Address,
  ItemKind,
  PaymentMethod,
  type Purchase,
  PurchaseMode,
  ServiceLevel,
} from "@pavane/contracts/purchase";
import { UserStatus } from "@pavane/contracts/user";
import { money } from "@pavane/kernel";
import type { Entry, Saga } from "@pavane/saga";
import { inventoryService } from "@pavane/service-inventory";
import { itemService } from "@pavane/service-item";
import { orderService } from "@pavane/service-order";
import { paymentService } from "@pavane/service-payment";
import { sagaService } from "@pavane/service-saga";
import { shippingService } from "@pavane/service-shipping";
import { userService } from "@pavane/service-user";
import { deeds, ends, safety } from "./rules.js";
import { sagaEnds, sagaSafety } from "./saga.js";

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
  readonly mode?: PurchaseMode;
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
  const { mode = PurchaseMode.CHOREOGRAPHED } = wish;
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
    mode,
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
  abort: (sagaId = "o1") => ask("saga", "abortSaga", { sagaId, reason: "" }),
  /** A saga that fails again may be retried again: that is another wish. */
  retry: (sagaId = "o1") => ({ ...ask("saga", "retryCompensation", { sagaId }), repeats: false }),
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

/** How long a saga waits for what. */
export interface Patience {
  /** The steps whose answers, and those to their compensations, may be late; the saga waits for ever for the others. */
  readonly late?: readonly string[];
  /** How often a compensation is asked for in an attempt; once by default. */
  readonly tries?: number;
}

/** The same shop with the saga service in it. Every wait that may be late makes what is explored some times as large. */
export function conducted(scenario: Scenario, { late = [], tries = 1 }: Patience = {}): Scenario {
  const { services: all, always = [], ends: last = [], outside = {}, ...rest } = scenario;
  const sagas = sagaService({ stepTimeout: 30, retry: { tries, firstDelay: 2, factor: 1, maxDelay: 2 } });
  return {
    ...rest,
    services: [...all, waiting(sagas, late)],
    outside: { ...outside, alarm: () => [{}] },
    always: [...always, ...sagaSafety],
    ends: [...last, ...sagaEnds],
  };
}

/** A saga service in whose decisions only the waits for these steps have an end. */
function waiting(sagas: ServiceDefinition, late: readonly string[]): ServiceDefinition {
  return redecided(sagas, (_name, rule) => (state, input, context) => {
    const { next, ...decision } = rule.decide(state, input, context);
    const { saga, log } = (next ?? {}) as { readonly saga?: Saga<Purchase>; readonly log?: readonly Entry<Purchase>[] };
    if (saga === undefined || log === undefined) return { ...decision };
    const entries = log.map((entry) => (late.includes(entry.step) ? entry : { ...entry, dueTime: undefined }));
    const dueTime = late.includes(saga.current) ? saga.dueTime : undefined;
    return { ...decision, next: { saga: { ...saga, dueTime }, log: entries } };
  });
}

/** A service that decides otherwise: each rule by its name, with what it decides from then on. */
export function redecided(
  definition: ServiceDefinition,
  otherwise: (name: string, rule: AnyRule) => AnyRule["decide"],
): ServiceDefinition {
  const change = <Rule extends AnyRule>([name, rule]: [string, Rule]): [string, Rule] => {
    return [name, { ...rule, decide: otherwise(name, rule) }];
  };
  const { reactions, commands, outcomes, dues } = definition;
  return {
    ...definition,
    reactions: new Map([...reactions].map(change)),
    commands: new Map([...commands].map(change)),
    outcomes: new Map([...outcomes].map(change)),
    dues: dues.map((due) => change([due.name, due])[1]),
  };
}

function ask(service: string, command: string, request: unknown): Ask {
  return { service, command, request };
}
