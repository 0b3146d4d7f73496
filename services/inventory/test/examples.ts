// Inventories and facts that the tests of this service start from.

import type { Line, Purchase } from "@pavane/contracts/purchase";
import type { Context } from "@pavane/kernel";
import { goods, line, purchase } from "@pavane/testkit";
import type { Held, HeldNext, Inventory, OfPurchase, Policy } from "../src/domain.js";

export const context: Context = {
  now: new Date("2026-01-02T03:04:05Z"),
  id: "0198c0de-0000-7000-8000-000000000001",
  version: 1n,
};

export const policy: Policy = { defaultCapacity: 10 };

/** An inventory of ten slots, five of them used. */
export function inventory(changes: Partial<Inventory> = {}): Inventory {
  return { userId: "user-1", capacity: 10, reserved: 0, used: 5, ...changes };
}

/** A user whom inventory has never heard of. */
export const stranger: Held = { inventory: undefined, hold: undefined };

/** A user with five slots free. */
export const regular: Held = { inventory: inventory(), hold: undefined };

/** A fact of an order for these lines. */
export function order(lines: readonly Line[], changes: Partial<Purchase> = {}): OfPurchase {
  return { purchase: purchase({ lines, ...changes }) };
}

export const three = order([line({ quantity: 3 })]);
export const mixed = order([goods({ quantity: 7 }), line({ quantity: 2 }), line({ itemId: "item-2", quantity: 1 })]);
export const shipped = order([goods({ quantity: 70 })]);

/** The state a decision leaves. */
export function after(state: Held, { next }: { readonly next?: HeldNext }): Held {
  return { inventory: next?.inventory ?? state.inventory, hold: next?.hold ?? state.hold };
}
