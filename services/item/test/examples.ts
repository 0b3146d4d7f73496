// Items and facts that the tests of this service start from.

import { CreateItemRequest } from "@pavane/contracts/item";
import { ItemKind, type Line } from "@pavane/contracts/purchase";
import type { Context } from "@pavane/kernel";
import { goods, line, purchase } from "@pavane/testkit";
import { createItem, type Item } from "../src/domain/item.js";
import type { Held, HeldNext, OfPurchase } from "../src/domain/stock.js";

export const context: Context = {
  now: new Date("2026-01-02T03:04:05Z"),
  id: "0198c0de-0000-7000-8000-000000000001",
  version: 1n,
};

/** A request for an item at 10.00 USD with ten units in stock. */
export function asked(changes: Partial<CreateItemRequest> = {}): CreateItemRequest {
  return {
    itemId: "item-1",
    name: "Magic Sword",
    kind: ItemKind.DIGITAL,
    price: { currencyCode: "USD", minorUnits: 1000n },
    initialStock: 10n,
    available: true,
    ...changes,
  };
}

/** An item as its creation leaves it, then changed; it has received what it has. */
export function item(changes: Partial<Item> = {}): Item {
  const { itemId = "item-1", kind = ItemKind.DIGITAL } = changes;
  const { next } = createItem({ item: undefined }, asked({ itemId, kind }), context);
  if (next?.item === undefined) throw new Error("no item was created");
  const { stock, reserved, allocated, sold } = { ...next.item, ...changes };
  return { ...next.item, ...changes, received: stock + reserved + allocated + sold };
}

/** One digital item and one kind of goods, ten of each, nothing held. */
export const shelf: Held = {
  hold: undefined,
  items: { "item-1": item(), "goods-1": item({ itemId: "goods-1", kind: ItemKind.PHYSICAL }) },
};

/** A fact of an order for these lines. */
export function order(lines: readonly Line[], orderId = "order-1"): OfPurchase {
  return { purchase: purchase({ orderId, lines }) };
}

export const digital = order([line({ quantity: 3 })]);
export const shipped = order([goods({ quantity: 2 })]);
export const mixed = order([goods({ quantity: 2 }), line({ quantity: 3 })]);

/** The state a decision leaves. */
export function after(state: Held, { next }: { readonly next?: HeldNext }): Held {
  return { hold: next?.hold ?? state.hold, items: { ...state.items, ...next?.items } };
}

/** How many units of an item are where. */
export function places(state: Held, itemId: string): Record<"stock" | "reserved" | "allocated" | "sold", bigint> {
  const found = state.items[itemId];
  if (found === undefined) throw new Error(`no ${itemId}`);
  const { stock, reserved, allocated, sold } = found;
  return { stock, reserved, allocated, sold };
}
