// The ledger of the wallets: append-only, one row for each movement of money.

import type { WalletAccount, WalletEntryKind } from "@pavane/contracts/user";
import { int8, type Page, type Store, table, text, time, word } from "@pavane/store";
import type { Entry } from "./domain/wallet.js";

/** Entries by `kind/reference`. */
export const entries = table<Entry>("wallet_entry", {
  key: "entryId",
  columns: {
    entryId: text,
    userId: text,
    number: int8,
    kind: word<WalletEntryKind>(),
    fromAccount: word<WalletAccount>(),
    toAccount: word<WalletAccount>(),
    currencyCode: text,
    amount: int8,
    reference: text,
    createTime: time,
  },
});

/** A page of a user's entries, oldest first. */
export async function pageOfEntries({ knex }: Store, userId: string, { after, limit }: Page): Promise<Entry[]> {
  const query = knex(entries.name).where({ user_id: userId }).orderBy("number").limit(limit);
  if (after !== undefined) query.whereRaw("number > ?", after);
  return (await query).map(entries.read);
}
