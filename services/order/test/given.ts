// What the order tests start from: requests, items, orders in every status.
import type { PlaceOrderRequest } from "@pavane/contracts/order";
import { ItemKind, PaymentMethod, PurchaseMode, ServiceLevel } from "@pavane/contracts/purchase";
import { type Context, Refused } from "@pavane/kernel";
import { purchase } from "@pavane/testkit";
import { expect } from "chai";
import { approveOrder, defaults, type Order, placeOrder } from "../src/domain.js";
import type { Item } from "../src/pricing.js";

export const noon = new Date("2026-06-01T12:00:00Z");

/** A context, so many seconds after noon. */
export function at(seconds: number, version = 0n): Context {
  return { now: new Date(noon.getTime() + seconds * 1000), id: "0197", version };
}

export function item(itemId: string, minorUnits = 1000n, changes: Partial<Item> = {}): Item {
  const usual = { name: itemId, kind: ItemKind.DIGITAL, currencyCode: "USD", available: true, seen: 1n };
  return { itemId, minorUnits, ...usual, ...changes };
}

export const items = {
  sword: item("sword", 10_000n),
  potion: item("potion", 2_000n),
  shield: item("shield", 5_000n, { kind: ItemKind.PHYSICAL }),
  euro: item("euro", 100n, { currencyCode: "EUR" }),
  gift: item("gift", 0n),
  moon: item("moon", 9_000_000_000_000_000_000n),
};

export function request(changes: Partial<PlaceOrderRequest> = {}): PlaceOrderRequest {
  return {
    orderId: "order-1",
    userId: "user-1",
    lines: [{ itemId: "sword", quantity: 1 }],
    paymentMethod: PaymentMethod.WALLET,
    cardToken: "",
    serviceLevel: ServiceLevel.UNSPECIFIED,
    mode: PurchaseMode.UNSPECIFIED,
    ...changes,
  };
}

/** An order as PlaceOrder starts it. */
export function placed(changes: Partial<Order> = {}): Order {
  const started = placeOrder(defaults)({ order: undefined, items }, request(), at(0)).next?.order;
  if (started === undefined) throw new Error("no order was started");
  return { ...started, purchase: purchase(), ...changes };
}

/** An order that waits for its review. */
export function submitted(): Order {
  const policy = { ...defaults, reviewAboveMinorUnits: 0n };
  const started = placeOrder(policy)({ order: undefined, items }, request(), at(0)).next?.order;
  if (started === undefined) throw new Error("no order was started");
  return started;
}

/** An order that a review has approved. */
export function approved(): Order {
  const order = approveOrder(defaults)({ order: submitted() }, { orderId: "order-1" }, at(60)).next?.order;
  if (order === undefined) throw new Error("the order was not approved");
  return order;
}

/** Expects a decision to be refused, for a reason and with a code. */
export function expectRefused(decide: () => unknown, reason: string, code: string): void {
  expect(decide).to.throw(Refused).that.includes({ reason, code });
}
