// The tables of user on a real Postgres: rows come back as they went, and the database refuses what must never be.

import { WalletAccount, WalletEntryKind } from "@pavane/contracts/user";
import { migrate, openStore, run, type Store } from "@pavane/store";
import { type Database, database } from "@pavane/testkit";
import { expect } from "chai";
import type { User } from "../src/domain/user.js";
import { type Entry, move } from "../src/domain/wallet.js";
import { entries } from "../src/entry.js";
import { holds } from "../src/hold.js";
import { queries } from "../src/rpc.js";
import { findUser, users } from "../src/user.js";
import { context, user } from "./examples.js";

describe("user's tables", () => {
  let home: Database;
  let store: Store;

  before(async () => {
    home = await database();
    store = openStore({ url: home.url, applicationName: "test" });
    await migrate(store, new URL("../../migrations/", import.meta.url).pathname);
  });
  after(async () => {
    await store.close();
    await home.drop();
  });

  const insert = (row: User) => run(store, users.insert, users.parameters([{ row, version: 1n }]));
  const note = (...rows: readonly Entry[]) =>
    run(store, entries.insert, entries.parameters(rows.map((row) => ({ row, version: 0n }))));

  async function refused(attempt: Promise<unknown>): Promise<string> {
    try {
      await attempt;
    } catch (error) {
      return String(error);
    }
    return "taken";
  }

  function deposited(userId: string, reference: string, entriesBefore: bigint): Entry {
    const { entries: made } = move(user({ userId, entries: entriesBefore }), "deposit", reference, 5n, context.now);
    if (made[0] === undefined) throw new Error("no entry");
    return made[0];
  }

  it("give a row back as it was written, with its version", async () => {
    const row = user({ userId: "there-and-back", balance: 40_000n, held: 25_000n, spent: 35_000n, email: "" });
    await insert(row);
    expect(await findUser(store, "there-and-back")).to.deep.equal(row);
    const [loaded] = await run(store, users.load, [["there-and-back"]]);
    expect(loaded).to.include({ version: 1n });
    const suspended = { ...row, balance: 39_000n, spent: 36_000n };
    await run(store, users.update, users.parameters([{ row: suspended, version: 7n }]));
    expect(await findUser(store, "there-and-back")).to.deep.equal(suspended);
    expect(await findUser(store, "nobody")).to.equal(undefined);
  });

  for (const [what, change] of [
    ["a negative balance", { balance: -1n, held: 100_001n }],
    ["a negative hold", { balance: 100_001n, held: -1n }],
    ["money from nowhere", { balance: 100_001n }],
    ["a negative limit", { purchaseLimit: -1n }],
    ["a currency that is none", { currencyCode: "usd" }],
  ] as const) {
    it(`refuse ${what}`, async () => {
      expect(await refused(insert(user({ userId: "refused", ...change })))).to.contain("violates check constraint");
    });
  }

  it("refuse a hold in a state that does not exist, and one below zero", async () => {
    const put = (state: string, amount: bigint) =>
      run(store, holds.insert, [["order-1"], ["user-1"], [state], [amount], [1n]]);
    expect(await refused(put("ALLOCATED", 0n))).to.contain("violates check constraint");
    expect(await refused(put("RESERVED", -1n))).to.contain("violates check constraint");
  });

  it("keep the ledger append-only: nothing is changed, removed or emptied", async () => {
    await insert(user({ userId: "ledger" }));
    await note(deposited("ledger", "ledger-1", 0n));
    for (const sql of [
      "update wallet_entry set amount = amount + 1",
      "delete from wallet_entry",
      "delete from wallet_entry where false",
      "truncate wallet_entry",
    ]) {
      expect(await refused(store.knex.raw(sql)), sql).to.contain("wallet_entry is append-only");
    }
    expect(await refused(store.knex.raw("delete from users where user_id = 'ledger'"))).to.contain("foreign key");
  });

  it("refuse the same movement twice, a number twice, no money, and accounts that do not belong together", async () => {
    await insert(user({ userId: "strict" }));
    const entry = deposited("strict", "strict-1", 0n);
    await note(entry);
    expect(await refused(note({ ...entry, number: 2n }))).to.contain("wallet_entry_pkey");
    expect(await refused(note({ ...entry, entryId: "deposit/strict-2" }))).to.contain("user_id_number_key");
    const next = deposited("strict", "strict-2", 1n);
    expect(await refused(note({ ...next, amount: 0n }))).to.contain("violates check constraint");
    expect(await refused(note({ ...next, toAccount: WalletAccount.SPENT }))).to.contain("violates check constraint");
    expect(await refused(note({ ...next, kind: WalletEntryKind.RESERVE }))).to.contain("violates check constraint");
    expect(await refused(note({ ...next, userId: "nobody" }))).to.contain("foreign key");
  });

  it("page a ledger oldest first, by number", async () => {
    await insert(user({ userId: "long" }));
    await note(...Array.from({ length: 25 }, (_, index) => deposited("long", `long-${index}`, BigInt(index))));
    const seen: string[] = [];
    let pageToken = "";
    do {
      const answer = await queries(store).listWalletEntries({ userId: "long", pageSize: 10, pageToken });
      expect(answer.entries.length).to.be.at.most(10);
      seen.push(...answer.entries.map(({ reference }) => reference));
      pageToken = answer.nextPageToken;
    } while (pageToken !== "");
    expect(seen).to.deep.equal(Array.from({ length: 25 }, (_, index) => `long-${index}`));
    const other = { userId: "strict", pageSize: 1, pageToken: "" };
    const { nextPageToken } = await queries(store).listWalletEntries({ ...other, userId: "long" });
    const attempt = queries(store).listWalletEntries({ ...other, pageToken: nextPageToken });
    expect(await refused(attempt)).to.contain("page_token");
  });

  it("answer NOT_FOUND for a user who does not exist", async () => {
    expect(await refused(queries(store).getUser({ userId: "nobody" }))).to.contain("there is no user nobody");
    const entriesOf = queries(store).listWalletEntries({ userId: "nobody", pageSize: 0, pageToken: "" });
    expect(await refused(entriesOf)).to.contain("there is no user nobody");
  });
});
