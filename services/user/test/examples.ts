// Users and facts that the tests of this service start from.

import { PaymentMethod, type Purchase } from "@pavane/contracts/purchase";
import type { CreateUserRequest } from "@pavane/contracts/user";
import { type Context, money } from "@pavane/kernel";
import { line, purchase } from "@pavane/testkit";
import type { Held, HeldNext, OfPurchase } from "../src/domain/funds.js";
import { createUser, deposit, type User } from "../src/domain/user.js";

export const context: Context = {
  now: new Date("2026-01-02T03:04:05Z"),
  id: "0198c0de-0000-7000-8000-000000000001",
  version: 1n,
};

/** A request for a user with a limit of 500.00 USD. */
export function asked(changes: Partial<CreateUserRequest> = {}): CreateUserRequest {
  return {
    userId: "user-1",
    name: "Ann",
    email: "ann@example.org",
    currencyCode: "USD",
    purchaseLimit: money("USD", 50_000n),
    ...changes,
  };
}

/** A user with 1000.00 USD, changed. */
export function user(changes: Partial<User> = {}): User {
  const created = createUser({ user: undefined }, asked(), context).next?.user;
  const request = { userId: "user-1", depositId: "first", amount: money("USD", 100_000n) };
  const paid = deposit({ user: created, entry: undefined }, request, context).next?.user;
  if (paid === undefined) throw new Error("no user was made");
  return { ...paid, ...changes };
}

/** A user with 1000.00 USD, nothing held. */
export const rich: Held = { user: user(), hold: undefined };

/** A fact of an order with this total, in minor units of USD. */
export function order(total: bigint, changes: Partial<Purchase> = {}): OfPurchase {
  const lines = [line({ unitPrice: money("USD", total) })];
  return { purchase: purchase({ lines, ...changes }) };
}

export const byCard = { paymentMethod: PaymentMethod.CARD, cardToken: "tok_approved" } as const;

/** The state a decision leaves. */
export function after(state: Held, { next }: { readonly next?: HeldNext }): Held {
  return { user: next?.user ?? state.user, hold: next?.hold ?? state.hold };
}
