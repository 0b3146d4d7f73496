// Wallets: what was deposited is available, held or spent; the balance is what the entries say; holds explain both.
import type { Books } from "./books.js";
import { type Finding, Sheet } from "./sheet.js";

interface Wallet {
  readonly user_id: string;
  readonly currency_code: string;
  readonly balance: bigint;
  readonly held: bigint;
  readonly spent: bigint;
  readonly deposited: bigint;
  readonly entries: bigint;
  readonly said: bigint;
  readonly last: bigint;
  readonly said_balance: bigint;
  readonly said_held: bigint;
  readonly said_spent: bigint;
  readonly said_deposited: bigint;
  readonly reserved: bigint;
  readonly confirmed: bigint;
}

/** What went into an account less what went out of it. */
const account = (name: string): string =>
  `sum(case when to_account = 'WALLET_ACCOUNT_${name}' then amount else 0 end)
   - sum(case when from_account = 'WALLET_ACCOUNT_${name}' then amount else 0 end)`;

const wallets = `
  with ledger as (
    select user_id, count(*) as said, max(number) as last,
           ${account("AVAILABLE")} as balance, ${account("HELD")} as held, ${account("SPENT")} as spent,
           -(${account("OUTSIDE")}) as deposited
      from wallet_entry group by user_id
  ), holds as (
    select user_id, sum(amount) filter (where state = 'RESERVED') as reserved,
           sum(amount) filter (where state = 'CONFIRMED') as confirmed
      from hold group by user_id
  )
  select u.user_id, u.currency_code, u.balance, u.held, u.spent, u.deposited, u.entries,
         coalesce(l.said, 0) as said, coalesce(l.last, 0) as last,
         coalesce(l.balance, 0) as said_balance, coalesce(l.held, 0) as said_held,
         coalesce(l.spent, 0) as said_spent, coalesce(l.deposited, 0) as said_deposited,
         coalesce(h.reserved, 0) as reserved, coalesce(h.confirmed, 0) as confirmed
    from users u left join ledger l using (user_id) left join holds h using (user_id)
   order by u.user_id`;

/** Checks every wallet against itself, its entries and its holds. */
export async function auditWallets(books: Books): Promise<Finding[]> {
  const sums = new Sheet({
    name: "wallets",
    says: "what came into the wallets is available, held or spent",
    of: "currency",
    money: true,
    equations: [{ left: ["deposited"], right: ["available", "held", "spent"] }],
  });
  const entries = new Sheet({
    name: "wallet entries",
    says: "every wallet is what its double entries say, and they are numbered without a gap",
    of: "currency",
    money: true,
    equations: [
      { left: ["available"], right: ["available by entries"] },
      { left: ["spent"], right: ["spent by entries"] },
    ],
  });
  const holds = new Sheet({
    name: "wallet holds",
    says: "what a wallet holds and has spent is what the holds of its orders say",
    of: "currency",
    money: true,
    equations: [
      { left: ["held"], right: ["reserved by holds"] },
      { left: ["spent"], right: ["confirmed by holds"] },
    ],
  });
  for (const wallet of await books.of("user").read<Wallet>(wallets)) {
    checkSums(sums, wallet);
    checkEntries(entries, wallet);
    checkHolds(holds, wallet);
  }
  return [sums.close(), entries.close(), holds.close()];
}

function checkSums(sheet: Sheet, { user_id, currency_code: currency, balance, held, spent, deposited }: Wallet): void {
  sheet.looked("wallets");
  sheet.add(currency, "deposited", deposited);
  sheet.add(currency, "available", balance);
  sheet.add(currency, "held", held);
  sheet.add(currency, "spent", spent);
  sheet.same(`${user_id}: available, held and spent together`, balance + held + spent, deposited);
}

function checkEntries(sheet: Sheet, wallet: Wallet): void {
  const { user_id: user, currency_code: currency } = wallet;
  sheet.looked("entries", Number(wallet.said));
  sheet.add(currency, "available", wallet.balance);
  sheet.add(currency, "available by entries", wallet.said_balance);
  sheet.add(currency, "spent", wallet.spent);
  sheet.add(currency, "spent by entries", wallet.said_spent);
  sheet.same(`${user}: available`, wallet.balance, wallet.said_balance);
  sheet.same(`${user}: held`, wallet.held, wallet.said_held);
  sheet.same(`${user}: spent`, wallet.spent, wallet.said_spent);
  sheet.same(`${user}: deposited`, wallet.deposited, wallet.said_deposited);
  sheet.same(`${user}: the count of entries`, wallet.entries, wallet.said);
  sheet.same(`${user}: the last entry's number`, wallet.last, wallet.said);
}

function checkHolds(sheet: Sheet, wallet: Wallet): void {
  const { user_id: user, currency_code: currency, held, spent, reserved, confirmed } = wallet;
  sheet.looked("wallets");
  sheet.add(currency, "held", held);
  sheet.add(currency, "reserved by holds", reserved);
  sheet.add(currency, "spent", spent);
  sheet.add(currency, "confirmed by holds", confirmed);
  sheet.same(`${user}: held`, held, reserved);
  sheet.same(`${user}: spent`, spent, confirmed);
}
