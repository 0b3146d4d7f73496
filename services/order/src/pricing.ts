// What a purchase costs: PlaceOrder's request, priced from the order service's own copy of the items. Pure.

import type { Facts } from "@pavane/contracts";
import type { PlaceOrderLine, PlaceOrderRequest } from "@pavane/contracts/order";
import {
  ItemKind,
  type Line,
  PaymentMethod,
  type Purchase,
  PurchaseMode,
  ServiceLevel,
} from "@pavane/contracts/purchase";
import { type Context, type Decision, equal, format, type Money, money, nothing, Refused } from "@pavane/kernel";

/** The order service's own copy of an item, learnt from item's facts. */
export interface Item {
  readonly itemId: string;
  readonly name: string;
  readonly kind: ItemKind;
  readonly currencyCode: string;
  readonly minorUnits: bigint;
  readonly available: boolean;
  /** The version of the fact it was learnt from. */
  readonly seen: bigint;
}

/** Items by id, as far as they are known. */
export type Items = Readonly<Record<string, Item>>;

/** Keeps what item says of an item, unless something newer was heard. */
export function learn(
  { item }: { readonly item: Item | undefined },
  { itemId, name, kind, price, available }: Facts["item.listed"] | Facts["item.changed"],
  { version }: Context,
): Decision<{ item: Item }> {
  if (item !== undefined && item.seen >= version) return nothing;
  const { currencyCode, minorUnits } = price;
  return { next: { item: { itemId, name, kind, currencyCode, minorUnits, available, seen: version } } };
}

/**
 * The purchase that a request asks for. Refuses what cannot be priced, a missing address, another total than expected;
 * whether the items can be had is item's to decide, in the flow.
 */
export function priced(request: PlaceOrderRequest, items: Items): Purchase {
  const { orderId, userId, paymentMethod, cardToken, shippingAddress, expectedTotal } = request;
  const lines = request.lines.map((line) => pricedLine(line, items));
  const total = totalOf(lines);
  const ships = lines.some(({ kind }) => kind === ItemKind.PHYSICAL);
  if (ships && shippingAddress === undefined) {
    throw new Refused("invalid", "ADDRESS_REQUIRED", "a line ships: shipping_address is needed");
  }
  if (expectedTotal !== undefined && !equal(expectedTotal, total)) {
    const message = `the total is ${format(total)}, and ${format(expectedTotal)} was expected`;
    throw new Refused("not_now", "PRICE_CHANGED", message, { total: format(total) });
  }
  return {
    orderId,
    userId,
    lines,
    total,
    paymentMethod,
    cardToken: paymentMethod === PaymentMethod.CARD ? cardToken : "",
    shippingAddress: ships ? shippingAddress : undefined,
    serviceLevel: levelOf(request),
    mode: modeOf(request),
  };
}

/** All that a request asks for, as one text: the same for two requests that differ only in how they say it. */
export function canonicalForm(request: PlaceOrderRequest): string {
  const { userId, paymentMethod, cardToken, shippingAddress: to, expectedTotal: total } = request;
  const lines = request.lines.map(({ itemId, quantity }) => `${itemId}*${quantity}`).sort();
  const address = to && [to.name, to.street, to.city, to.postalCode, to.country];
  const expected = total && [total.minorUnits.toString(), total.currencyCode];
  return JSON.stringify([
    userId,
    lines,
    paymentMethod,
    cardToken,
    address ?? null,
    levelOf(request),
    modeOf(request),
    expected ?? null,
  ]);
}

/** Who makes the participants move: CHOREOGRAPHED when not set. */
function modeOf({ mode }: PlaceOrderRequest): PurchaseMode {
  return mode === PurchaseMode.UNSPECIFIED ? PurchaseMode.CHOREOGRAPHED : mode;
}

function levelOf({ serviceLevel }: PlaceOrderRequest): ServiceLevel {
  return serviceLevel === ServiceLevel.UNSPECIFIED ? ServiceLevel.STANDARD : serviceLevel;
}

function pricedLine({ itemId, quantity }: PlaceOrderLine, items: Items): Line {
  const item = items[itemId];
  if (item === undefined) throw new Refused("not_found", "ITEM_NOT_FOUND", `there is no item ${itemId}`, { itemId });
  return { itemId, kind: item.kind, quantity, unitPrice: money(item.currencyCode, item.minorUnits) };
}

function totalOf(lines: readonly Line[]): Money {
  const currencies = [...lines.map(({ unitPrice }) => unitPrice.currencyCode)].sort();
  const currency = currencies[0] ?? "";
  if (currencies.at(-1) !== currency) {
    throw new Refused("not_now", "MIXED_CURRENCIES", "the items of an order must have one currency");
  }
  const sum = lines.reduce((total, { quantity, unitPrice }) => total + BigInt(quantity) * unitPrice.minorUnits, 0n);
  if (sum > mostMinorUnits)
    throw new Refused("invalid", "TOTAL_TOO_LARGE", "the total exceeds what an amount can hold");
  return money(currency, sum);
}

/** The largest int64. */
const mostMinorUnits = 9_223_372_036_854_775_807n;
