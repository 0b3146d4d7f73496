// The funds held of users for orders: reserved, released, confirmed. Every decision, pure.

import { PaymentMethod, type Purchase } from "@pavane/contracts/purchase";
import { type FundsRejected, type FundsReleased, type FundsReserved, UserStatus } from "@pavane/contracts/user";
import { type Announcement, type Context, type Decision, format, money, nothing } from "@pavane/kernel";
import { balanceOf, limitOf, type User } from "./user.js";
import { type Entry, move, type Movement } from "./wallet.js";

/** RESERVED, then CONFIRMED; or REJECTED; or RELEASED, which without a reserve before it is a tombstone. */
export type HoldState = "RESERVED" | "CONFIRMED" | "RELEASED" | "REJECTED";

/** What is set aside for one order: the total for WALLET, nothing for CARD. */
export interface Hold {
  readonly orderId: string;
  readonly userId: string;
  readonly state: HoldState;
  /** In minor units of the wallet's currency; kept when the hold is released or confirmed. */
  readonly amount: bigint;
}

/** What a decision about an order sees. */
export interface Held {
  readonly user: User | undefined;
  readonly hold: Hold | undefined;
}

/** What a decision about an order changes. */
export interface HeldNext {
  readonly user?: User;
  readonly hold?: Hold;
  readonly entries?: readonly Entry[];
}

/** A fact that belongs to an order. */
export interface OfPurchase {
  readonly purchase: Purchase;
}

type Outcome = Announcement<"funds.reserved", FundsReserved> | Announcement<"funds.rejected", FundsRejected>;

/** Checks that the user may buy this, and sets the total aside when the wallet pays. */
export function reserve({ user, hold }: Held, { purchase }: OfPurchase, { now }: Context): Decision<HeldNext, Outcome> {
  if (hold !== undefined) return nothing;
  const { orderId, userId, total } = purchase;
  const checked = check(user, purchase);
  if ("code" in checked) {
    return {
      next: { hold: { orderId, userId, state: "REJECTED", amount: 0n } },
      events: [{ type: "funds.rejected", data: { purchase, ...checked } }],
    };
  }
  const amount = purchase.paymentMethod === PaymentMethod.WALLET ? total.minorUnits : 0n;
  const reserved: Hold = { orderId, userId, state: "RESERVED", amount };
  return {
    next: { hold: reserved, ...moved(checked, "reserve", reserved, now) },
    events: [{ type: "funds.reserved", data: { purchase, amount: money(total.currencyCode, amount) } }],
  };
}

/** Gives back what is set aside, and answers. Without a hold it leaves a tombstone: no later reserve does anything. */
export function release(
  { user, hold }: Held,
  { purchase }: OfPurchase,
  { now }: Context,
): Decision<HeldNext, Announcement<"funds.released", FundsReleased>> {
  const { orderId, userId, total } = purchase;
  const answer = (amount: bigint) =>
    [{ type: "funds.released", data: { purchase, amount: money(total.currencyCode, amount) } }] as const;
  switch (hold?.state) {
    case "RELEASED":
      return nothing;
    case undefined:
    case "REJECTED":
      return { next: { hold: { orderId, userId, state: "RELEASED", amount: 0n } }, events: answer(0n) };
    case "RESERVED":
      return {
        next: { hold: { ...hold, state: "RELEASED" }, ...moved(user, "release", hold, now) },
        events: answer(hold.amount),
      };
    default:
      throw contradiction(orderId, "is being cancelled", hold);
  }
}

/** The order is completed: what is set aside is spent. */
export function confirm({ user, hold }: Held, { purchase }: OfPurchase, { now }: Context): Decision<HeldNext> {
  switch (hold?.state) {
    case "CONFIRMED":
      return nothing;
    case "RESERVED":
      return { next: { hold: { ...hold, state: "CONFIRMED" }, ...moved(user, "confirm", hold, now) } };
    default:
      throw contradiction(purchase.orderId, "is completed", hold);
  }
}

function moved(
  user: User | undefined,
  movement: Movement,
  { orderId, amount }: Hold,
  now: Date,
): Pick<HeldNext, "user" | "entries"> {
  if (amount === 0n) return {};
  if (user === undefined) throw new Error(`the funds of order ${orderId} are held of a user who does not exist`);
  return move(user, movement, orderId, amount, now);
}

/** The user, or why the order is rejected: the first of the checks, in their order, that fails. */
function check(user: User | undefined, purchase: Purchase): User | Omit<FundsRejected, "purchase"> {
  const { userId, total, paymentMethod } = purchase;
  if (user === undefined) return { code: "USER_NOT_FOUND", reason: `there is no user ${userId}` };
  if (user.status !== UserStatus.ACTIVE) return { code: "USER_NOT_ACTIVE", reason: `user ${userId} is suspended` };
  if (user.currencyCode !== total.currencyCode) {
    const reason = `the wallet is in ${user.currencyCode}, the order in ${total.currencyCode}`;
    return { code: "CURRENCY_MISMATCH", reason };
  }
  if (total.minorUnits > user.purchaseLimit) {
    const reason = `the order's total is ${format(total)}, the limit of one order ${format(limitOf(user))}`;
    return { code: "PURCHASE_LIMIT_EXCEEDED", reason };
  }
  const balance = balanceOf(user);
  if (paymentMethod === PaymentMethod.WALLET && total.minorUnits > balance.minorUnits) {
    const reason = `the order's total is ${format(total)}, the balance ${format(balance)}`;
    return { code: "INSUFFICIENT_BALANCE", reason, balance };
  }
  return user;
}

/** What can only follow from a fault elsewhere: it fails loudly and is tried again, for it must not pass in silence. */
function contradiction(orderId: string, what: string, hold: Hold | undefined): Error {
  return new Error(`order ${orderId} ${what}, but its funds are ${hold?.state ?? "not held"}`);
}
