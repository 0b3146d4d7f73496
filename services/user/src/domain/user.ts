// Users: created, suspended, limited, and paid into. Every decision, pure.

import {
  CreateUserRequest,
  type DepositRequest,
  type FundsDeposited,
  type SetPurchaseLimitRequest,
  type SetStatusRequest,
  type UserChanged,
  type UserRegistered,
  UserStatus,
} from "@pavane/contracts/user";
import { type Announcement, type Context, type Decision, type Money, money, nothing, Refused } from "@pavane/kernel";
import { type Entry, move, type Wallet } from "./wallet.js";

/** A user with the wallet. */
export interface User extends Wallet {
  readonly name: string;
  /** Empty when there is none. */
  readonly email: string;
  readonly status: UserStatus;
  /** The highest total of one order, in minor units of the wallet's currency. */
  readonly purchaseLimit: bigint;
  readonly createTime: Date;
  /** As it was asked for; a repeat of the request is compared with it. */
  readonly created: CreateUserRequest;
}

interface Found {
  readonly user: User | undefined;
}

type Changed = Decision<{ user?: User }, Announcement<"user.changed", UserChanged>>;

/** Registers a user with an empty wallet. A repeat of the same request changes nothing. Refuses USER_ALREADY_EXISTS. */
export function createUser(
  { user }: Found,
  request: CreateUserRequest,
  { now }: Context,
): Decision<{ user?: User }, Announcement<"user.registered", UserRegistered>> {
  if (user !== undefined) {
    if (same(user.created, request)) return nothing;
    throw new Refused("already_exists", "USER_ALREADY_EXISTS", `user ${user.userId} was created by another request`);
  }
  const { userId, name, email, currencyCode, purchaseLimit } = request;
  const registered: User = {
    userId,
    name,
    email,
    currencyCode,
    status: UserStatus.ACTIVE,
    purchaseLimit: purchaseLimit.minorUnits,
    balance: 0n,
    held: 0n,
    spent: 0n,
    deposited: 0n,
    entries: 0n,
    createTime: now,
    created: request,
  };
  return { next: { user: registered }, events: [{ type: "user.registered", data: wholeState(registered) }] };
}

/**
 * Puts money into the wallet, once for the deposit's id. Refuses USER_NOT_FOUND, CURRENCY_MISMATCH, and
 * DEPOSIT_ALREADY_EXISTS when the id is another deposit's.
 */
export function deposit(
  { user, entry }: Found & { readonly entry: Entry | undefined },
  { userId, depositId, amount }: DepositRequest,
  { now }: Context,
): Decision<{ user?: User; entry?: Entry }, Announcement<"funds.deposited", FundsDeposited>> {
  const known = existing(user, userId);
  if (entry !== undefined) {
    const { currencyCode, amount: minorUnits } = entry;
    if (entry.userId === userId && currencyCode === amount.currencyCode && minorUnits === amount.minorUnits) {
      return nothing;
    }
    throw new Refused("already_exists", "DEPOSIT_ALREADY_EXISTS", `deposit ${depositId} was another deposit`);
  }
  sameCurrency(known, amount);
  const moved = move(known, "deposit", depositId, amount.minorUnits, now);
  const [made] = moved.entries;
  return {
    next: { user: moved.user, ...(made === undefined ? {} : { entry: made }) },
    events: [{ type: "funds.deposited", data: { userId, depositId, amount, balance: balanceOf(moved.user) } }],
  };
}

/** Suspends a user or lets the user buy again; what is held stays held. Refuses USER_NOT_FOUND. */
export function setStatus({ user }: Found, { userId, status }: SetStatusRequest): Changed {
  const known = existing(user, userId);
  return known.status === status ? nothing : changed({ ...known, status });
}

/** Changes the highest total of one order. Refuses USER_NOT_FOUND, CURRENCY_MISMATCH. */
export function setPurchaseLimit({ user }: Found, { userId, purchaseLimit }: SetPurchaseLimitRequest): Changed {
  const known = existing(user, userId);
  sameCurrency(known, purchaseLimit);
  if (known.purchaseLimit === purchaseLimit.minorUnits) return nothing;
  return changed({ ...known, purchaseLimit: purchaseLimit.minorUnits });
}

/** The user, or the refusal USER_NOT_FOUND. */
export function existing(user: User | undefined, userId: string): User {
  if (user === undefined) throw new Refused("not_found", "USER_NOT_FOUND", `there is no user ${userId}`);
  return user;
}

/** What the wallet has available. */
export function balanceOf({ currencyCode, balance }: Wallet): Money {
  return money(currencyCode, balance);
}

/** The highest total of one order. */
export function limitOf({ currencyCode, purchaseLimit }: User): Money {
  return money(currencyCode, purchaseLimit);
}

function sameCurrency({ userId, currencyCode }: User, amount: Money): void {
  if (amount.currencyCode === currencyCode) return;
  const message = `the wallet of ${userId} is in ${currencyCode}, not in ${amount.currencyCode}`;
  throw new Refused("not_now", "CURRENCY_MISMATCH", message);
}

function changed(user: User): Changed {
  return { next: { user }, events: [{ type: "user.changed", data: wholeState(user) }] };
}

function wholeState(user: User): UserRegistered & UserChanged {
  const { userId, name, email, status, currencyCode } = user;
  return { userId, name, email, status, currencyCode, purchaseLimit: limitOf(user) };
}

function same(left: CreateUserRequest, right: CreateUserRequest): boolean {
  return JSON.stringify(CreateUserRequest.toJSON(left)) === JSON.stringify(CreateUserRequest.toJSON(right));
}
