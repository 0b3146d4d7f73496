// Inventories and the slots held in them for orders: every decision, pure.

import type { SetCapacityRequest, SlotsRejected, SlotsReleased, SlotsReserved } from "@pavane/contracts/inventory";
import { ItemKind, type Line, type Purchase } from "@pavane/contracts/purchase";
import { type Announcement, type Context, type Decision, nothing, Refused } from "@pavane/kernel";

/** The slots of a user: each is free, reserved or used. */
export interface Inventory {
  readonly userId: string;
  readonly capacity: number;
  /** Set aside for orders that are not decided yet. */
  readonly reserved: number;
  /** Taken by what the user owns. */
  readonly used: number;
}

/** RESERVED, then CONFIRMED; or REJECTED; or RELEASED, which without a reserve before it is a tombstone. */
export type HoldState = "RESERVED" | "CONFIRMED" | "RELEASED" | "REJECTED";

/** What is set aside for one order: a slot for each digital unit. */
export interface Hold {
  readonly orderId: string;
  readonly userId: string;
  readonly state: HoldState;
  readonly slots: number;
}

/** Units of an item that a user owns by one order. Never changed, never removed. */
export interface Grant {
  /** `order/item`: a line is granted once. */
  readonly grantId: string;
  readonly userId: string;
  readonly orderId: string;
  readonly itemId: string;
  readonly quantity: number;
  readonly createTime: Date;
}

/** What a decision about an order sees. */
export interface Held {
  readonly inventory: Inventory | undefined;
  readonly hold: Hold | undefined;
}

/** What a decision about an order changes. */
export interface HeldNext {
  readonly inventory?: Inventory;
  readonly hold?: Hold;
  readonly grants?: readonly Grant[];
}

/** A fact that belongs to an order. */
export interface OfPurchase {
  readonly purchase: Purchase;
}

/** What is configured. */
export interface Policy {
  /** The slots of a user who was never heard of. */
  readonly defaultCapacity: number;
}

type Outcome = Announcement<"slots.reserved", SlotsReserved> | Announcement<"slots.rejected", SlotsRejected>;

/** Sets a slot aside for each digital unit, or none when they do not all fit. */
export const reserve =
  (policy: Policy) =>
  ({ inventory, hold }: Held, { purchase }: OfPurchase): Decision<HeldNext, Outcome> => {
    if (hold !== undefined) return nothing;
    const { orderId, userId } = purchase;
    const slots = digital(purchase).reduce((sum, { quantity }) => sum + quantity, 0);
    const room = inventory ?? unused(userId, policy);
    if (slots > freeOf(room)) {
      const reason = `the order needs ${slots} slots, ${freeOf(room)} of ${room.capacity} are free`;
      return {
        next: { hold: { orderId, userId, state: "REJECTED", slots: 0 } },
        events: [{ type: "slots.rejected", data: { purchase, code: "INVENTORY_FULL", reason } }],
      };
    }
    return {
      next: {
        hold: { orderId, userId, state: "RESERVED", slots },
        inventory: { ...room, reserved: room.reserved + slots },
      },
      events: [{ type: "slots.reserved", data: { purchase, slots } }],
    };
  };

/** Gives back what is set aside, and answers. Without a hold it leaves a tombstone: no later reserve does anything. */
export function release(
  { inventory, hold }: Held,
  { purchase }: OfPurchase,
): Decision<HeldNext, Announcement<"slots.released", SlotsReleased>> {
  const { orderId, userId } = purchase;
  const answer = (slots: number) => [{ type: "slots.released", data: { purchase, slots } }] as const;
  switch (hold?.state) {
    case "RELEASED":
      return nothing;
    case undefined:
    case "REJECTED":
      return { next: { hold: { orderId, userId, state: "RELEASED", slots: 0 } }, events: answer(0) };
    case "RESERVED": {
      const room = known(inventory, hold);
      return {
        next: { hold: { ...hold, state: "RELEASED" }, inventory: { ...room, reserved: room.reserved - hold.slots } },
        events: answer(hold.slots),
      };
    }
    default:
      throw contradiction(orderId, "is being cancelled", hold);
  }
}

/** The order is completed: its digital units are the user's. */
export function confirm({ inventory, hold }: Held, { purchase }: OfPurchase, { now }: Context): Decision<HeldNext> {
  switch (hold?.state) {
    case "CONFIRMED":
      return nothing;
    case "RESERVED": {
      const room = known(inventory, hold);
      const grants = digital(purchase).map((line) => grant(purchase, line, now));
      const { slots } = hold;
      return {
        next: {
          hold: { ...hold, state: "CONFIRMED" },
          inventory: { ...room, reserved: room.reserved - slots, used: room.used + slots },
          grants,
        },
      };
    }
    default:
      throw contradiction(purchase.orderId, "is completed", hold);
  }
}

/** Changes how many slots a user has. Refuses CAPACITY_IN_USE when more are used or reserved. */
export const setCapacity =
  (policy: Policy) =>
  (
    { inventory }: { readonly inventory: Inventory | undefined },
    { userId, capacity }: SetCapacityRequest,
  ): Decision<{ inventory?: Inventory }> => {
    const room = inventory ?? unused(userId, policy);
    if (capacity < room.used + room.reserved) {
      const message = `${room.used} slots of ${userId} are used and ${room.reserved} reserved`;
      throw new Refused("not_now", "CAPACITY_IN_USE", message);
    }
    return inventory?.capacity === capacity ? nothing : { next: { inventory: { ...room, capacity } } };
  };

/** The inventory of a user who was never heard of. */
export function unused(userId: string, { defaultCapacity }: Policy): Inventory {
  return { userId, capacity: defaultCapacity, reserved: 0, used: 0 };
}

/** The slots that are left. */
export function freeOf({ capacity, reserved, used }: Inventory): number {
  return capacity - reserved - used;
}

function digital({ lines }: Purchase): readonly Line[] {
  return lines.filter(({ kind }) => kind === ItemKind.DIGITAL);
}

function grant({ orderId, userId }: Purchase, { itemId, quantity }: Line, createTime: Date): Grant {
  return { grantId: `${orderId}/${itemId}`, userId, orderId, itemId, quantity, createTime };
}

function known(inventory: Inventory | undefined, { orderId }: Hold): Inventory {
  if (inventory === undefined) throw new Error(`the slots of order ${orderId} are held in no inventory`);
  return inventory;
}

/** What can only follow from a fault elsewhere: it fails loudly and is tried again, for it must not pass in silence. */
function contradiction(orderId: string, what: string, hold: Hold | undefined): Error {
  return new Error(`order ${orderId} ${what}, but its slots are ${hold?.state ?? "not held"}`);
}
