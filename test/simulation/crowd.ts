// Many purchases at once, made of a seed: what random runs are about.

import { type Ask, randomOf, type Scenario } from "@pavane/choreography/simulator";
import { PaymentMethod, PurchaseMode } from "@pavane/contracts/purchase";
import { asks, conducted, given, type ItemName, place, shop } from "./shop.js";

/** Baskets to choose from. */
const baskets: readonly (readonly ItemName[])[] = [
  ["potion"],
  ["boots"],
  ["potion", "boots"],
  ["gift"],
  ["crown"],
  ["gift", "crown"],
];

const steps = ["funds", "slots", "stock", "shipment", "payment"];

/**
 * So many purchases by a few users who compete for goods, slots and money, every second of them conducted by a saga; the same
 * seed makes the same crowd.
 */
export function crowd(seed: number, purchases: number): Scenario {
  const random = randomOf(seed);
  const pick = <Value>(values: readonly [Value, ...Value[]] | readonly Value[]): Value =>
    values[Math.floor(random() * values.length)] as Value;
  const users = Array.from({ length: Math.max(1, Math.round(purchases / 4)) }, (_, index) => `user${index + 1}`);
  const orders = Array.from({ length: purchases }, (_, index): Ask[] => {
    const orderId = `o${index + 1}`;
    const items = pick(baskets);
    const method = pick([PaymentMethod.WALLET, PaymentMethod.CARD]);
    const country = random() < 0.1 ? "FR" : "US";
    const mode = index % 2 === 0 ? PurchaseMode.CHOREOGRAPHED : PurchaseMode.ORCHESTRATED;
    const quantity = random() < 0.2 ? 2 : 1;
    const may = (chance: number, ask: Ask): Ask[] => (random() < chance ? [ask] : []);
    return [
      place({ orderId, userId: pick(users), items, method, country, quantity, mode }),
      ...may(0.3, asks.cancel(orderId)),
      ...may(0.8, asks.dispatch(orderId)),
      ...may(0.5, asks.deliver(orderId)),
      ...may(0.7, asks.approve(orderId)),
      ...may(0.3, asks.reject(orderId)),
      ...may(0.5, asks.settle(orderId)),
      ...may(0.1, asks.abort(orderId)),
      ...may(0.3, asks.retry(orderId)),
    ];
  });
  const stock = { users, balance: 25_000n, pieces: BigInt(Math.max(1, Math.round(purchases / 4))) };
  const all = shop(`${purchases} purchases, seed ${seed}`, {
    given: given(stock, ["potion", "boots", "gift", "crown"]),
    asks: [...orders.flat(), asks.suspend(pick(users)), asks.dearer("boots"), asks.withdraw("potion")],
  });
  return conducted(all, { late: steps, tries: 2 });
}
