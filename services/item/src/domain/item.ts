// Items: created, restocked, priced, taken off the shelf. Every decision, pure.

import {
  CreateItemRequest,
  type ItemChanged,
  type ItemListed,
  type RestockRequest,
  type SetAvailabilityRequest,
  type SetPriceRequest,
  type StockReceived,
} from "@pavane/contracts/item";
import type { ItemKind } from "@pavane/contracts/purchase";
import {
  type Announcement,
  type Context,
  type Decision,
  equal,
  type Money,
  money,
  nothing,
  Refused,
} from "@pavane/kernel";

/** An item. Every unit that was ever received is in exactly one of stock, reserved, allocated and sold. */
export interface Item {
  readonly itemId: string;
  readonly name: string;
  readonly kind: ItemKind;
  readonly currencyCode: string;
  readonly priceMinorUnits: bigint;
  readonly available: boolean;
  /** Free to be sold. */
  readonly stock: bigint;
  /** Set aside for orders that are not decided yet. */
  readonly reserved: bigint;
  /** Goods of completed orders that have not left the house. */
  readonly allocated: bigint;
  readonly sold: bigint;
  readonly received: bigint;
  readonly createTime: Date;
  /** As it was asked for; a repeat of the request is compared with it. */
  readonly created: CreateItemRequest;
}

/** A delivery that came in. */
export interface Restock {
  readonly restockId: string;
  readonly itemId: string;
  readonly quantity: bigint;
  readonly createTime: Date;
}

/** Lists a new item. A repeat of the same request changes nothing. Refuses ITEM_ALREADY_EXISTS. */
export function createItem(
  { item }: { readonly item: Item | undefined },
  request: CreateItemRequest,
  { now }: Context,
): Decision<{ item?: Item }, Announcement<"item.listed", ItemListed>> {
  const { itemId, name, kind, price, available, initialStock } = request;
  if (item !== undefined) {
    if (same(item.created, request)) return nothing;
    throw new Refused("already_exists", "ITEM_ALREADY_EXISTS", `item ${itemId} was created by another request`);
  }
  const listed: Item = {
    itemId,
    name,
    kind,
    currencyCode: price.currencyCode,
    priceMinorUnits: price.minorUnits,
    available,
    stock: initialStock,
    reserved: 0n,
    allocated: 0n,
    sold: 0n,
    received: initialStock,
    createTime: now,
    created: request,
  };
  return { next: { item: listed }, events: [{ type: "item.listed", data: wholeState(listed) }] };
}

/** Adds the units of a delivery, once for its id. Refuses ITEM_NOT_FOUND, RESTOCK_ALREADY_EXISTS. */
export function receive(
  { item, restock }: { readonly item: Item | undefined; readonly restock: Restock | undefined },
  { itemId, restockId, quantity }: RestockRequest,
  { now }: Context,
): Decision<{ item?: Item; restock?: Restock }, Announcement<"stock.received", StockReceived>> {
  const known = existing(item, itemId);
  if (restock !== undefined) {
    if (restock.itemId === itemId && restock.quantity === quantity) return nothing;
    throw new Refused("already_exists", "RESTOCK_ALREADY_EXISTS", `restock ${restockId} was another delivery`);
  }
  const stock = known.stock + quantity;
  return {
    next: {
      item: { ...known, stock, received: known.received + quantity },
      restock: { restockId, itemId, quantity, createTime: now },
    },
    events: [{ type: "stock.received", data: { itemId, restockId, quantity, stock } }],
  };
}

/** Changes the price. Refuses ITEM_NOT_FOUND. */
export function setPrice(
  { item }: { readonly item: Item | undefined },
  { itemId, price }: SetPriceRequest,
): Decision<{ item?: Item }, Announcement<"item.changed", ItemChanged>> {
  const known = existing(item, itemId);
  if (equal(priceOf(known), price)) return nothing;
  return changed({ ...known, currencyCode: price.currencyCode, priceMinorUnits: price.minorUnits });
}

/** Takes an item off the shelf or puts it back. Refuses ITEM_NOT_FOUND. */
export function setAvailability(
  { item }: { readonly item: Item | undefined },
  { itemId, available }: SetAvailabilityRequest,
): Decision<{ item?: Item }, Announcement<"item.changed", ItemChanged>> {
  const known = existing(item, itemId);
  return known.available === available ? nothing : changed({ ...known, available });
}

/** The item, or the refusal ITEM_NOT_FOUND. */
export function existing(item: Item | undefined, itemId: string): Item {
  if (item === undefined) throw new Refused("not_found", "ITEM_NOT_FOUND", `there is no item ${itemId}`);
  return item;
}

/** The price of one unit. */
export function priceOf({ currencyCode, priceMinorUnits }: Item): Money {
  return money(currencyCode, priceMinorUnits);
}

function changed(item: Item): Decision<{ item: Item }, Announcement<"item.changed", ItemChanged>> {
  return { next: { item }, events: [{ type: "item.changed", data: wholeState(item) }] };
}

function wholeState(item: Item): ItemListed & ItemChanged {
  return {
    itemId: item.itemId,
    name: item.name,
    kind: item.kind,
    price: priceOf(item),
    available: item.available,
  };
}

function same(left: CreateItemRequest, right: CreateItemRequest): boolean {
  return JSON.stringify(CreateItemRequest.toJSON(left)) === JSON.stringify(CreateItemRequest.toJSON(right));
}
