// The stock held of items for orders: reserved, released, confirmed, deducted. Every decision, pure.

import type { StockRejected, StockReleased, StockReserved } from "@pavane/contracts/item";
import { ItemKind, type Line, type Purchase } from "@pavane/contracts/purchase";
import { type Announcement, type Decision, equal, format, nothing } from "@pavane/kernel";
import { type Item, priceOf } from "./item.js";

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

type Rejection = Pick<StockRejected, "code" | "reason">;

function firstRejection(items: Items, { lines }: Purchase): (Rejection & { itemId: string }) | undefined {
  for (const line of lines.toSorted((left, right) => (left.itemId < right.itemId ? -1 : 1))) {
    const rejection = rejectionOf(line, items[line.itemId]);
    if (rejection !== undefined) return { ...rejection, itemId: line.itemId };
  }
  return undefined;
}

function rejectionOf({ itemId, quantity, unitPrice }: Line, item: Item | undefined): Rejection | undefined {
  if (item === undefined) return { code: "ITEM_NOT_FOUND", reason: `there is no item ${itemId}` };
  if (!item.available) return { code: "ITEM_NOT_AVAILABLE", reason: `${itemId} is not available` };
  const price = priceOf(item);
  if (!equal(price, unitPrice)) {
    const reason = `${itemId} costs ${format(price)}, the order says ${format(unitPrice)}`;
    return { code: "PRICE_CHANGED", reason };
  }
  if (item.stock < BigInt(quantity)) {
    const reason = `${item.stock} of ${itemId} are in stock, the order asks for ${quantity}`;
    return { code: "OUT_OF_STOCK", reason };
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

/** What can only follow from a fault elsewhere: it fails loudly and is tried again, for it must not pass in silence. */
function contradiction(orderId: string, what: string, hold: Hold | undefined): Error {
  return new Error(`order ${orderId} ${what}, but its stock is ${hold?.state ?? "not held"}`);
}
