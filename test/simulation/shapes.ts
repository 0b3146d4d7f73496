// Every shape of a purchase, every failure, and purchases that compete: what is explored whole.

import type { Ask, Scenario } from "@pavane/choreography/simulator";
import { PaymentMethod, PurchaseMode } from "@pavane/contracts/purchase";
import { notificationService } from "@pavane/service-notification";
import {
  asks,
  conducted,
  given,
  type ItemName,
  place,
  services,
  shop,
  type Patience,
  type Stock,
  type Wish,
} from "./shop.js";

const { CARD, WALLET } = PaymentMethod;
const { CHOREOGRAPHED, ORCHESTRATED } = PurchaseMode;
const all: readonly ItemName[] = ["potion", "boots", "gift", "crown"];

/** What may be asked of one order at any time, by its shape. */
function about(items: readonly ItemName[], method: PaymentMethod, orderId = "o1", mode = CHOREOGRAPHED): Ask[] {
  const ships = items.includes("boots") || items.includes("crown");
  return [
    place({ items, method, orderId, mode }),
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

/** A purchase that a saga conducts, in a shape; it may be cancelled, aborted, reviewed and expire at any time. */
function led(name: string, items: readonly ItemName[]): Scenario {
  const asked = [...about(items, WALLET, "o1", ORCHESTRATED), asks.abort()];
  return conducted(shop(`orchestrated, ${name}`, { given: given({}, all), asks: asked }));
}

/** One that may expire, and whose answers to these steps and to their compensations may be late. */
function slow(about: string, late: readonly string[], wish: Omit<Wish, "mode">, more: Slow = {}): Scenario {
  const { stock = {}, asked = [], tries = 1, deadLetters = false } = more;
  const placed = place({ ...wish, mode: ORCHESTRATED });
  const scenario = shop(`orchestrated, ${about}`, { given: given(stock), asks: [placed, ...asked], deadLetters });
  return conducted(scenario, { late, tries });
}

interface Slow extends Pick<Patience, "tries"> {
  readonly stock?: Stock;
  readonly asked?: readonly Ask[];
  readonly deadLetters?: boolean;
}

const boots = { items: ["boots"], method: WALLET } as const;
const potion = { items: ["potion"], method: WALLET } as const;
const paidByCard = { items: ["potion", "boots"], method: CARD } as const;

/** One orchestrated purchase: every shape, failure and late answer, and what may be asked of a saga. */
export const orchestrated: readonly Scenario[] = [
  led("digital", ["potion"]),
  led("physical", ["boots"]),
  led("mixed", ["potion", "boots"]),
  led("reviewed", ["crown"]),
  led("zero total", ["gift"]),
  ...["funds", "slots", "stock", "shipment", "payment"].map((step) => slow(`${step} late`, [step], boots)),
  slow("card, payment late", ["payment"], paidByCard),
  slow(
    "card, digital, payment late, refund settled",
    ["payment"],
    { ...potion, method: CARD },
    { asked: [asks.settle()] },
  ),
  slow("no slots", ["slots"], potion, { stock: { capacity: 0 } }),
  slow("no stock", ["stock"], potion, { stock: { pieces: 0n } }),
  slow("address elsewhere", ["shipment"], { ...boots, country: "FR" }),
  slow("two answers late", ["funds", "slots"], potion),
  slow("user unknown, taken up again", ["funds"], potion, { stock: { users: [] }, asked: [asks.retry()] }),
  slow("asked for twice", ["stock"], potion, { tries: 2 }),
  slow("dead letters", ["stock"], potion, { deadLetters: true }),
  slow("the same order in the other mode", [], boots, { asked: [place(boots), asks.cancel(), asks.abort()] }),
];

/** A purchase with its customer told of it: the one service that claims facts in its inbox. */
export const told: Scenario = (() => {
  const { outside, ...rest } = one("wallet, mixed, with notifications", ["potion", "boots"], WALLET);
  const log = () => [{ status: "SENT" }, { status: "FAILED", failure: "no" }];
  return { ...rest, services: [...services(), notificationService()], outside: { ...outside, log } };
})();
