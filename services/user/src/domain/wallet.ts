// A wallet: the money of a user, and the ledger of its movements, of which the balance is the sum. Pure.

import { WalletAccount, WalletEntryKind } from "@pavane/contracts/user";

const { OUTSIDE, AVAILABLE, HELD, SPENT } = WalletAccount;

/** Money of one currency, in minor units: what was ever deposited is available, held or spent. */
export interface Wallet {
  readonly userId: string;
  readonly currencyCode: string;
  /** Available to be spent. */
  readonly balance: bigint;
  /** Set aside for orders that are not decided yet. */
  readonly held: bigint;
  /** What completed orders have cost. */
  readonly spent: bigint;
  readonly deposited: bigint;
  /** How many entries the ledger has; the next one's number is one higher. */
  readonly entries: bigint;
}

/** A movement of money from one account of a wallet to another. Never changed, never removed. */
export interface Entry {
  /** `kind/reference`: each kind of movement happens once for an order or a deposit. */
  readonly entryId: string;
  readonly userId: string;
  /** Counts the entries of a user, from 1. */
  readonly number: bigint;
  readonly kind: WalletEntryKind;
  readonly fromAccount: WalletAccount;
  readonly toAccount: WalletAccount;
  readonly currencyCode: string;
  readonly amount: bigint;
  /** The deposit's or the order's id. */
  readonly reference: string;
  readonly createTime: Date;
}

/** What moves money. */
export type Movement = "deposit" | "reserve" | "release" | "confirm";

interface Transfer {
  readonly kind: WalletEntryKind;
  readonly from: WalletAccount;
  readonly to: WalletAccount;
  readonly change: (wallet: Wallet, amount: bigint) => Partial<Wallet>;
}

const transfers: Readonly<Record<Movement, Transfer>> = {
  deposit: {
    kind: WalletEntryKind.DEPOSIT,
    from: OUTSIDE,
    to: AVAILABLE,
    change: ({ deposited, balance }, amount) => ({ deposited: deposited + amount, balance: balance + amount }),
  },
  reserve: {
    kind: WalletEntryKind.RESERVE,
    from: AVAILABLE,
    to: HELD,
    change: ({ balance, held }, amount) => ({ balance: balance - amount, held: held + amount }),
  },
  release: {
    kind: WalletEntryKind.RELEASE,
    from: HELD,
    to: AVAILABLE,
    change: ({ balance, held }, amount) => ({ balance: balance + amount, held: held - amount }),
  },
  confirm: {
    kind: WalletEntryKind.CONFIRM,
    from: HELD,
    to: SPENT,
    change: ({ held, spent }, amount) => ({ held: held - amount, spent: spent + amount }),
  },
};

/** The id of the entry of a movement. */
export function entryId(movement: Movement, reference: string): string {
  return `${movement}/${reference}`;
}

/** Moves money, and says so in the ledger. Nothing moves when the amount is zero: such a movement has no entry. */
export function move<W extends Wallet>(
  wallet: W,
  movement: Movement,
  reference: string,
  amount: bigint,
  createTime: Date,
): { readonly user: W; readonly entries: readonly Entry[] } {
  if (amount === 0n) return { user: wallet, entries: [] };
  const { kind, from, to, change } = transfers[movement];
  const number = wallet.entries + 1n;
  const entry: Entry = {
    entryId: entryId(movement, reference),
    userId: wallet.userId,
    number,
    kind,
    fromAccount: from,
    toAccount: to,
    currencyCode: wallet.currencyCode,
    amount,
    reference,
    createTime,
  };
  return { user: { ...wallet, ...change(wallet, amount), entries: number }, entries: [entry] };
}
