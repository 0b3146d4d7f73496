// Builders of what many tests need: a purchase that breaks no rule, with only the named parts changed.

import {
  type Address,
  ItemKind,
  type Line,
  PaymentMethod,
  type Purchase,
  PurchaseMode,
  ServiceLevel,
} from "@pavane/contracts/purchase";
import { type Money, money } from "@pavane/kernel";

/** One digital unit of item-1 at 10.00 USD. */
export function line(changes: Partial<Line> = {}): Line {
  return { itemId: "item-1", kind: ItemKind.DIGITAL, quantity: 1, unitPrice: money("USD", 1000n), ...changes };
}

/** A line of goods that ship. */
export function goods(changes: Partial<Line> = {}): Line {
  return line({ itemId: "goods-1", kind: ItemKind.PHYSICAL, ...changes });
}

/** An address in a country that is delivered to by default. */
export function address(changes: Partial<Address> = {}): Address {
  return {
    name: "Ann Example",
    street: "1 Main St",
    city: "Springfield",
    postalCode: "12345",
    country: "US",
    ...changes,
  };
}

/** A choreographed purchase of user-1 by wallet. The total is that of its lines; goods bring an address. */
export function purchase(changes: Partial<Purchase> = {}): Purchase {
  const lines = changes.lines ?? [line()];
  const ships = lines.some(({ kind }) => kind === ItemKind.PHYSICAL);
  return {
    orderId: "order-1",
    userId: "user-1",
    lines,
    total: totalOf(lines),
    paymentMethod: PaymentMethod.WALLET,
    cardToken: "",
    ...(ships ? { shippingAddress: address() } : {}),
    serviceLevel: ServiceLevel.STANDARD,
    mode: PurchaseMode.CHOREOGRAPHED,
    ...changes,
  };
}

function totalOf(lines: readonly Line[]): Money {
  const currency = lines[0]?.unitPrice.currencyCode ?? "USD";
  return money(
    currency,
    lines.reduce((sum, { unitPrice, quantity }) => sum + unitPrice.minorUnits * BigInt(quantity), 0n),
  );
}
