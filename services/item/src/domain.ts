// Items and the stock held of them for orders: every decision, pure.

import {
  CreateItemRequest,
  type ItemChanged,
  type ItemListed,
  type RestockRequest,
  type SetAvailabilityRequest,
  type SetPriceRequest,
  type StockReceived,
  type StockRejected,
  type StockReleased,
  type StockReserved,
} from "@pavane/contracts/item";
import { ItemKind, type Line, type Purchase } from "@pavane/contracts/purchase";
import { type Announcement, type Context, type Decision, equal, format, money, nothing, Refused } from "@pavane/kernel";

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

/**
 * RESERVED, then CONFIRMED or, with goods in it, ALLOCATED (digital lines sold, goods waiting for their dispatch) and
 * CONFIRMED; or REJECTED; or RELEASED, which without a reserve before it is a tombstone.
 */
export type HoldState = "RESERVED" | "ALLOCATED" | "CONFIRMED" | "RELEASED" | "REJECTED";

/** What a hold keeps of a line. */
export type HeldLine = Pick<Line, "itemId" | "kind" | "quantity">;

/** What is set aside for one order. Its lines are none where nothing ever was. */
export interface Hold {
  readonly orderId: string;
  readonly state: HoldState;
  readonly lines: readonly HeldLine[];
}

/** A delivery that came in. */
export interface Restock {
  readonly restockId: string;
  readonly itemId: string;
  readonly quantity: bigint;
  readonly createTime: Date;
}

/** Items by id; one that does not exist is missing. */
export type Items = Readonly<Record<string, Item>>;

/** What a decision about an order sees. */
export interface Held {
  readonly hold: Hold | undefined;
  readonly items: Items;
}

/** What a decision about an order changes. */
export interface HeldNext {
  readonly hold?: Hold;
  readonly items?: Items;
}

/** A fact that belongs to an order. */
export interface OfPurchase {
  readonly purchase: Purchase;
}

type Outcome = Announcement<"stock.reserved", StockReserved> | Announcement<"stock.rejected", StockRejected>;

/** Sets every line aside, or none: the first line, by id, that cannot be had rejects the order. */
export function reserve({ hold, items }: Held, { purchase }: OfPurchase): Decision<HeldNext, Outcome> {
  if (hold !== undefined) return nothing;
  const { orderId } = purchase;
  const rejection = firstRejection(items, purchase);
  if (rejection !== undefined) {
    return {
      next: { hold: { orderId, state: "REJECTED", lines: [] } },
      events: [{ type: "stock.rejected", data: { purchase, ...rejection } }],
    };
  }
  const lines = purchase.lines.map(({ itemId, kind, quantity }) => ({ itemId, kind, quantity }));
  return {
    next: { hold: { orderId, state: "RESERVED", lines }, items: move(items, lines, "stock", () => "reserved") },
    events: [{ type: "stock.reserved", data: { purchase } }],
  };
}

/** Gives back what is set aside, and answers. Without a hold it leaves a tombstone: no later reserve does anything. */
export function release(
  { hold, items }: Held,
  { purchase }: OfPurchase,
): Decision<HeldNext, Announcement<"stock.released", StockReleased>> {
  const { orderId } = purchase;
  const released = { orderId, state: "RELEASED", lines: hold?.lines ?? [] } as const;
  const events = [{ type: "stock.released", data: { purchase } }] as const;
  switch (hold?.state) {
    case "RELEASED":
      return nothing;
    case undefined:
    case "REJECTED":
      return { next: { hold: released }, events };
    case "RESERVED":
      return { next: { hold: released, items: move(items, hold.lines, "reserved", () => "stock") }, events };
    default:
      throw contradiction(orderId, "is being cancelled", hold);
  }
}

/** The order is completed: its digital units are sold, its goods allocated until they leave the house. */
export function confirm({ hold, items }: Held, { purchase }: OfPurchase): Decision<HeldNext> {
  switch (hold?.state) {
    case "ALLOCATED":
    case "CONFIRMED":
      return nothing;
    case "RESERVED": {
      const state = hold.lines.some(ships) ? "ALLOCATED" : "CONFIRMED";
      const next = move(items, hold.lines, "reserved", (line) => (ships(line) ? "allocated" : "sold"));
      return { next: { hold: { ...hold, state }, items: next } };
    }
    default:
      throw contradiction(purchase.orderId, "is completed", hold);
  }
}

/**
 * The goods have left the house: they are sold. Heard before order.completed, it does what that would have done to the
 * digital lines too: goods are only dispatched of a completed order.
 */
export function deduct({ hold, items }: Held, { purchase }: OfPurchase): Decision<HeldNext> {
  switch (hold?.state) {
    case "CONFIRMED":
      return nothing;
    case "ALLOCATED": {
      const next = move(items, hold.lines.filter(ships), "allocated", () => "sold");
      return { next: { hold: { ...hold, state: "CONFIRMED" }, items: next } };
    }
    case "RESERVED":
      return {
        next: { hold: { ...hold, state: "CONFIRMED" }, items: move(items, hold.lines, "reserved", () => "sold") },
      };
    default:
      throw contradiction(purchase.orderId, "is dispatched", hold);
  }
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
  if (restock !== undefined && (restock.itemId !== itemId || restock.quantity !== quantity)) {
    throw new Refused("already_exists", "RESTOCK_ALREADY_EXISTS", `restock ${restockId} was another delivery`);
  }
  const known = existing(item, itemId);
  if (restock !== undefined) return nothing;
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
export function priceOf({ currencyCode, priceMinorUnits }: Item): Line["unitPrice"] {
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

function firstRejection(items: Items, { lines }: Purchase): Omit<StockRejected, "purchase"> | undefined {
  for (const line of lines.toSorted((left, right) => (left.itemId < right.itemId ? -1 : 1))) {
    const rejection = rejectionOf(line, items[line.itemId]);
    if (rejection !== undefined) return { code: rejection[0], reason: rejection[1], itemId: line.itemId };
  }
  return undefined;
}

function rejectionOf({ itemId, quantity, unitPrice }: Line, item: Item | undefined): [string, string] | undefined {
  if (item === undefined) return ["ITEM_NOT_FOUND", `there is no item ${itemId}`];
  if (!item.available) return ["ITEM_NOT_AVAILABLE", `${itemId} is not available`];
  const price = priceOf(item);
  if (!equal(price, unitPrice)) {
    return ["PRICE_CHANGED", `${itemId} costs ${format(price)}, the order says ${format(unitPrice)}`];
  }
  if (item.stock < BigInt(quantity)) {
    return ["OUT_OF_STOCK", `${item.stock} of ${itemId} are in stock, the order asks for ${quantity}`];
  }
  return undefined;
}

type Place = "stock" | "reserved" | "allocated" | "sold";

function move(items: Items, lines: readonly HeldLine[], from: Place, to: (line: HeldLine) => Place): Items {
  const moved = lines.map((line): [string, Item] => {
    const item = items[line.itemId];
    if (item === undefined) throw new Error(`${line.itemId} is held but does not exist`);
    const units = BigInt(line.quantity);
    const place = to(line);
    return [line.itemId, { ...item, [from]: item[from] - units, [place]: item[place] + units }];
  });
  return Object.fromEntries(moved);
}

function ships({ kind }: HeldLine): boolean {
  return kind === ItemKind.PHYSICAL;
}

function same(left: CreateItemRequest, right: CreateItemRequest): boolean {
  return JSON.stringify(CreateItemRequest.toJSON(left)) === JSON.stringify(CreateItemRequest.toJSON(right));
}

/** What can only follow from a fault elsewhere: it fails loudly and is tried again, for it must not pass in silence. */
function contradiction(orderId: string, what: string, hold: Hold | undefined): Error {
  return new Error(`order ${orderId} ${what}, but its stock is ${hold?.state ?? "not held"}`);
}
