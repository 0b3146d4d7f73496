// A thousand purchases of one item at the same time: everyone is answered, and every coin and sword is where it must be.
import { setTimeout as sleep } from "node:timers/promises";
import { type Order, OrderStatus, type PlaceOrderRequest } from "@pavane/contracts/order";
import { ItemKind } from "@pavane/contracts/purchase";
import { money } from "@pavane/kernel";
import type { RpcError } from "@pavane/rpc";
import { eventually } from "@pavane/testkit";
import { expect } from "chai";
import { requestOf, type Shop, theShop } from "./shop.js";

const [price, swords] = [100_00n, 600];
/** Half of the users can pay ten swords, the other half five. */
const knights = Array.from({ length: 100 }, (_, index) => {
  return { userId: `knight-${index}`, coins: (index % 2 === 0 ? 10n : 5n) * price };
});
const purchases = Array.from({ length: 1_000 }, (_, index) => sword(`sword-${index}`, `knight-${index % 100}`));

function sword(orderId: string, userId: string): PlaceOrderRequest {
  return { ...requestOf({ basket: ["item-sword"] }), orderId, userId };
}

describe("a thousand purchases of one item by a hundred users at the same time", function () {
  this.timeout(120_000);
  let shop: Shop;

  before(async () => {
    shop = await theShop();
    const { user, item, order } = shop.services;
    const magic = { itemId: "item-sword", name: "Magic Sword", kind: ItemKind.DIGITAL, available: true };
    await item.createItem({ ...magic, price: money("USD", price), initialStock: BigInt(swords) });
    const enter = async ({ userId, coins }: (typeof knights)[number]): Promise<void> => {
      const wallet = { currencyCode: "USD", purchaseLimit: money("USD", 5n * price) };
      await user.createUser({ userId, name: "Some Knight", email: "", ...wallet });
      await user.deposit({ userId, depositId: userId, amount: money("USD", coins) });
    };
    await Promise.all(knights.map(enter));
    // Order hears of the sword by item's facts: then it says what is wrong with this total, and places nothing.
    const probe = { ...sword("probe", "knight-0"), expectedTotal: money("USD", 1n) };
    await eventually(async () => {
      const refusal = await order.placeOrder(probe).catch((error: RpcError) => error.reason);
      expect(refusal).to.equal("PRICE_CHANGED");
    });
  });

  it("are over within 30 s, with exact stock and balances", async () => {
    const start = performance.now();
    const since = (): number => performance.now() - start;
    const reading = readers(shop);
    await Promise.all(purchases.map((purchase) => shop.services.order.placeOrder(purchase, { deadline: 30_000 })));
    const accepted = since();
    const enough = async (): Promise<void> => {
      const over = (await orders(shop)).filter(({ status }) => isOver(status));
      expect(over.length).to.be.above(0.95 * purchases.length);
    };
    await eventually(enough, { timeout: 30_000 - since(), interval: 1_000 });
    const [most, { count, p95 }] = [since(), await reading.stop()];
    console.log(
      `      accepted after ${ms(accepted)}, over 95 % over after ${ms(most)}; ${count} reads, p95 ${ms(p95)}`,
    );

    await eventually(async () => expect((await orders(shop)).filter(({ status }) => !isOver(status))).to.be.empty);
    await shop.audited();
    await expectExact(shop, await orders(shop));
  });
});

async function expectExact(shop: Shop, all: readonly Order[]): Promise<void> {
  expect(all.length).to.equal(purchases.length);
  const completed = all.filter(({ status }) => status === OrderStatus.COMPLETED);
  // Only who can pay asks for a sword, and more can than there are: all of them go, whoever was first.
  expect(completed.length).to.equal(swords);
  const codes = new Set(all.filter((order) => !completed.includes(order)).map(({ code }) => code));
  expect([...codes].sort()).to.deep.equal(["INSUFFICIENT_BALANCE", "OUT_OF_STOCK"]);
  const { item } = await shop.services.item.getItem({ itemId: "item-sword" });
  const { stock, reserved, allocated, sold } = item;
  expect({ stock, reserved, allocated, sold }).to.deep.equal({ ...none, sold: BigInt(swords) });
  for (const { userId, coins } of knights) {
    const bought = completed.filter(({ purchase }) => purchase.userId === userId).length;
    const { user } = await shop.services.user.getUser({ userId });
    const { inventory } = await shop.services.inventory.getInventory({ userId, pageSize: 0, pageToken: "" });
    const spent = BigInt(bought) * price;
    const found = { balance: user.balance.minorUnits, held: user.held.minorUnits, used: inventory.used };
    expect(found, userId).to.deep.equal({ balance: coins - spent, held: 0n, used: bought });
  }
}

const none = { stock: 0n, reserved: 0n, allocated: 0n };

async function orders(shop: Shop): Promise<Order[]> {
  const found: Order[] = [];
  const filter = { userId: "", status: OrderStatus.UNSPECIFIED, pageSize: 1_000 };
  for (let pageToken: string | undefined = ""; pageToken !== undefined; ) {
    const page = await shop.services.order.listOrders({ ...filter, pageToken });
    found.push(...page.orders);
    pageToken = page.nextPageToken === "" ? undefined : page.nextPageToken;
  }
  return found.filter(({ purchase }) => purchase.orderId.startsWith("sword-"));
}

function isOver(status: OrderStatus): boolean {
  return status === OrderStatus.COMPLETED || status === OrderStatus.CANCELLED;
}

/** Looks at orders, one after another, until it is stopped; answers the 95th percentile in milliseconds. */
function readers(shop: Shop) {
  const taken: number[] = [];
  let stopped = false;
  const read = async (): Promise<void> => {
    for (let at = 0; !stopped; at += 1) {
      const { orderId = "" } = purchases[at % purchases.length] ?? {};
      const start = performance.now();
      // Before it is placed it is NOT_FOUND, which is an answer too.
      await shop.services.order
        .getOrder({ orderId })
        .catch((error: RpcError) => expect(error.code).to.equal("NOT_FOUND"));
      taken.push(performance.now() - start);
      await sleep(5);
    }
  };
  const reading = read();
  return {
    stop: async () => {
      stopped = true;
      await reading;
      const sorted = taken.toSorted((left, right) => left - right);
      return { count: sorted.length, p95: sorted[Math.floor(0.95 * sorted.length)] ?? Number.NaN };
    },
  };
}

function ms(milliseconds: number): string {
  return `${Math.round(milliseconds)} ms`;
}
