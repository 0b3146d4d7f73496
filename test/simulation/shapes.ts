// Every shape of a purchase, every failure, and purchases that compete: what is explored whole.

import type { Ask, Scenario } from "@pavane/choreography/simulator";
import { PaymentMethod } from "@pavane/contracts/purchase";
import { notificationService } from "@pavane/service-notification";
import { asks, given, type ItemName, place, services, shop, type Stock } from "./shop.js";

const { CARD, WALLET } = PaymentMethod;
const all: readonly ItemName[] = ["potion", "boots", "gift", "crown"];

/** What may be asked of one order at any time, by its shape. */
function about(items: readonly ItemName[], method: PaymentMethod, orderId = "o1"): Ask[] {
  const ships = items.includes("boots") || items.includes("crown");
  return [
    place({ items, method, orderId }),
    asks.cancel(orderId),
    ...(ships ? [asks.dispatch(orderId), asks.deliver(orderId)] : []),
    ...(method === CARD ? [asks.settle(orderId)] : []),
    ...(items.includes("crown") ? [asks.approve(orderId), asks.reject(orderId)] : []),
  ];
}

function one(name: string, items: readonly ItemName[], method: PaymentMethod, more: readonly Ask[] = []): Scenario {
  return shop(name, { given: given({}, all), asks: [...about(items, method), ...more] });
}

function failing(name: string, stock: Stock, before: readonly Ask[] = [], country = "US"): Scenario {
  const items: readonly ItemName[] = ["potion", "boots"];
  const method = stock.balance === undefined ? CARD : WALLET;
  const wish = place({ items, method, country });
  return shop(name, { given: [...given(stock), ...before], asks: [wish, asks.cancel(), asks.dispatch()] });
}

/** One purchase, in every shape; it may be cancelled, expire, be declined and refused a refund at any time. */
export const shapes: readonly Scenario[] = [
  one("wallet, digital", ["potion"], WALLET),
  one("wallet, physical", ["boots"], WALLET),
  one("wallet, mixed", ["potion", "boots"], WALLET),
  one("card, digital", ["potion"], CARD),
  one("card, physical", ["boots"], CARD),
  one("card, mixed", ["potion", "boots"], CARD),
  one("wallet, reviewed", ["crown"], WALLET),
  one("card, reviewed", ["crown"], CARD),
  one("wallet, zero total", ["gift"], WALLET),
  one("card, zero total", ["gift"], CARD),
];

/** One purchase that cannot succeed, or may not, for each reason there is. */
export const failures: readonly Scenario[] = [
  failing("user unknown", { users: [] }),
  failing("user suspended", {}, [asks.suspend()]),
  failing("balance too small", { balance: 2_999n }),
  failing("currency of the wallet is another", { currency: "EUR" }),
  failing("limit of the user is lower", { limit: 2_999n }),
  failing("inventory full", { capacity: 0 }),
  failing("out of stock", { pieces: 0n }),
  failing("item withdrawn", {}, [asks.withdraw("boots")]),
  failing("address undeliverable", {}, [], "FR"),
  one("suspended at any time", ["potion"], WALLET, [asks.suspend()]),
  one("dearer at any time", ["potion", "boots"], WALLET, [asks.dearer("potion")]),
  one("withdrawn at any time", ["boots"], WALLET, [asks.withdraw("boots")]),
];

/** Messages that become dead letters, wherever that is allowed. */
export const deadLetters: readonly Scenario[] = [
  ["dead letters, wallet", WALLET] as const,
  ["dead letters, card", CARD] as const,
].map(([name, method]) => {
  const wish = place({ items: ["potion", "boots"], method });
  return shop(name, { asks: [wish, asks.cancel(), asks.settle()], deadLetters: true });
});

/** Two purchases that compete for the last piece, slot and money; the first may be cancelled at any time. */
export const rivals: readonly Scenario[] = [
  rival("rivals for the last piece, slot and money", WALLET, ["potion"], { pieces: 1n, capacity: 1, balance: 1_000n }),
  rival("rivals for the last piece", CARD, ["potion"], { pieces: 1n }),
  rival("rivals for the last slot, by card", CARD, ["potion"], { capacity: 1 }),
  rival("rivals for the last money, goods", WALLET, ["boots"], { balance: 2_000n }),
];

function rival(name: string, method: PaymentMethod, items: readonly ItemName[], stock: Stock): Scenario {
  const wishes = ["o1", "o2"].map((orderId) => place({ orderId, items, method }));
  return shop(name, { given: given(stock), asks: [...wishes, asks.cancel("o1")] });
}

/** A purchase with its customer told of it: the one service that claims facts in its inbox. */
export const told: Scenario = (() => {
  const { outside, ...rest } = one("wallet, mixed, with notifications", ["potion", "boots"], WALLET);
  const log = () => [{ status: "SENT" }, { status: "FAILED", failure: "no" }];
  return { ...rest, services: [...services(), notificationService()], outside: { ...outside, log } };
})();
