// Makes what a scenario needs and nobody else has: its user, its items, and the request for its order.
import type { PlaceOrderRequest } from "@pavane/contracts/order";
import { type Address, PaymentMethod, PurchaseMode, ServiceLevel } from "@pavane/contracts/purchase";
import { UserStatus } from "@pavane/contracts/user";
import { money } from "@pavane/kernel";
import type { Services } from "../services.js";
import type { Buyer, Scenario, Scene, Wish } from "./scenario.js";

const currency = "USD";

/** The ids of a scenario; the order's comes from the run. */
export function sceneOf(scenario: Scenario, orderId: string, services: Services): Scene {
  return { orderId, userId: `${orderId}-user`, itemIds: scenario.basket.map((_, at) => `${orderId}-${at}`), services };
}

/** Creates the user, with wallet and inventory, and the items. */
export async function prepare({ buyer, basket }: Scenario, scene: Scene): Promise<void> {
  const user = buyer === "nobody" ? [] : [createBuyer(buyer, scene)];
  await Promise.all([...user, ...basket.map((wish, at) => createItem(wish, scene.itemIds[at] ?? "", scene))]);
}

async function createBuyer(buyer: Buyer, { userId, services }: Scene): Promise<void> {
  const purchaseLimit = money(currency, buyer.limit ?? 1_000_000_00n);
  await services.user.createUser({ userId, name: "Demo Customer", email: "", currencyCode: currency, purchaseLimit });
  const rest: Promise<unknown>[] = [];
  if (buyer.balance > 0n) {
    const amount = money(currency, buyer.balance);
    rest.push(services.user.deposit({ userId, depositId: `${userId}-1`, amount }));
  }
  if (buyer.suspended) rest.push(services.user.setStatus({ userId, status: UserStatus.SUSPENDED }));
  if (buyer.slots !== undefined) rest.push(services.inventory.setCapacity({ userId, capacity: buyer.slots }));
  await Promise.all(rest);
}

async function createItem(wish: Wish, itemId: string, { services }: Scene): Promise<void> {
  const { name, kind, price, stock = 100, available = true } = wish;
  const initialStock = BigInt(stock);
  await services.item.createItem({ itemId, name, kind, price: money(currency, price), initialStock, available });
}

/** What the customer sends. */
export function requestOf(scenario: Scenario, { orderId, userId, itemIds }: Scene): PlaceOrderRequest {
  const { basket, card, country = "US", expectedTotal } = scenario;
  return {
    orderId,
    userId,
    lines: basket.map(({ quantity }, at) => ({ itemId: itemIds[at] ?? "", quantity })),
    paymentMethod: card === undefined ? PaymentMethod.WALLET : PaymentMethod.CARD,
    cardToken: card ?? "",
    shippingAddress: addressIn(country),
    serviceLevel: ServiceLevel.STANDARD,
    mode: PurchaseMode[scenario.mode ?? "CHOREOGRAPHED"],
    ...(expectedTotal === undefined ? {} : { expectedTotal: money(currency, expectedTotal) }),
  };
}

function addressIn(country: string): Address {
  return { name: "Demo Customer", street: "1 Main Street", city: "Springfield", postalCode: "12345", country };
}
