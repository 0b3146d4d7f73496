// User on a real Postgres and NATS: races, redelivery, cancelling before placing, and a ledger that always adds up.

import { type GetUserResponse, UserStatus, WalletAccount } from "@pavane/contracts/user";
import { type Purchase, PurchaseMode } from "@pavane/contracts/purchase";
import { money } from "@pavane/kernel";
import { eventually, line, purchase, type Stage, stage } from "@pavane/testkit";
import { expect } from "chai";
import { userService } from "../src/index.js";
import { queries } from "../src/rpc.js";
import { asked, byCard } from "./examples.js";

describe("the user service", function () {
  this.timeout(60_000);
  let shop: Stage;

  before(async () => {
    shop = await stage({ definition: userService, migrations: new URL("../../migrations/", import.meta.url) });
  });
  after(() => shop.close());
  afterEach(async () => {
    for (const { user_id: userId } of await shop.store.knex("users").select("user_id")) await balanced(userId);
  });

  const create = async (userId: string, deposit: bigint): Promise<void> => {
    await shop.ask("createUser", asked({ userId }));
    await shop.ask("deposit", { userId, depositId: `first-${userId}`, amount: money("USD", deposit) });
  };
  const purse = async (userId: string): Promise<bigint[]> => {
    const { user } = await queries(shop.store).getUser({ userId });
    return [user.balance, user.held, user.spent].map(({ minorUnits }) => minorUnits);
  };
  /** The balance is what the ledger says, page by page. */
  const balanced = async (userId: string): Promise<void> => {
    const sums: Record<string, bigint> = {};
    let pageToken = "";
    do {
      const page = await queries(shop.store).listWalletEntries({ userId, pageSize: 7, pageToken });
      for (const { fromAccount, toAccount, amount } of page.entries) {
        sums[fromAccount] = (sums[fromAccount] ?? 0n) - amount.minorUnits;
        sums[toAccount] = (sums[toAccount] ?? 0n) + amount.minorUnits;
      }
      pageToken = page.nextPageToken;
    } while (pageToken !== "");
    const { AVAILABLE, HELD, SPENT } = WalletAccount;
    expect(await purse(userId)).to.deep.equal([AVAILABLE, HELD, SPENT].map((account) => sums[account] ?? 0n));
  };
  const order = (orderId: string, userId: string, total: bigint, changes: Partial<Purchase> = {}): Purchase =>
    purchase({ orderId, userId, lines: [line({ unitPrice: money("USD", total) })], ...changes });
  const place = (of: Purchase): string => shop.say("order.placed", { purchase: of });
  const cancel = (of: Purchase): string => shop.say("order.cancelling", { purchase: of, code: "EXPIRED", reason: "" });
  const factsOf = (subject: string): string[] =>
    shop.announced.filter((fact) => fact.subject === subject).map(({ type, version }) => `${version} ${type}`);
  const said = (subject: string, ...facts: readonly string[]): Promise<unknown> =>
    eventually(() => expect(factsOf(subject)).to.deep.equal(facts));

  it("reserves, then spends or gives back, whatever is delivered again", async () => {
    await create("ann", 100_000n);
    const [kept, dropped] = [order("kept", "ann", 30_000n), order("dropped", "ann", 20_000n)];
    for (let again = 0; again < 3; again++) {
      place(kept);
      place(dropped);
    }
    await said("kept", "1 funds.reserved");
    await said("dropped", "1 funds.reserved");
    expect(await purse("ann")).to.deep.equal([50_000n, 50_000n, 0n]);
    for (let again = 0; again < 3; again++) {
      shop.say("order.completed", { purchase: kept });
      cancel(dropped);
      place(dropped);
    }
    await eventually(async () => expect(await purse("ann")).to.deep.equal([70_000n, 0n, 30_000n]));
    await said("dropped", "1 funds.reserved", "2 funds.released");
    expect(factsOf("kept")).to.deep.equal(["1 funds.reserved"]);
  });

  it("says why it rejects, and answers the cancelling that follows", async () => {
    await create("poor", 5_000n);
    const dear = order("dear", "poor", 5_001n);
    place(dear);
    await said("dear", "1 funds.rejected");
    const fact = shop.announced.find(({ subject }) => subject === "dear");
    expect(fact?.data).to.deep.include({ code: "INSUFFICIENT_BALANCE", balance: money("USD", 5_000n) });
    cancel(dear);
    await said("dear", "1 funds.rejected", "2 funds.released");
    const strange = order("strange", "nobody", 1n);
    place(strange);
    cancel(strange);
    await said("strange", "1 funds.rejected", "2 funds.released");
  });

  it("holds nothing for an order that was cancelled before it was placed", async () => {
    await create("early", 1_000n);
    const late = order("late", "early", 1_000n);
    cancel(late);
    await said("late", "1 funds.released");
    place(late);
    place(order("after", "early", 400n));
    await said("after", "1 funds.reserved");
    expect(await purse("early")).to.deep.equal([600n, 400n, 0n]);
    expect(factsOf("late")).to.deep.equal(["1 funds.released"]);
  });

  it("never overdraws a wallet that many orders race for on two replicas", async () => {
    const other = await shop.join();
    await create("raced", 1_000n);
    const orders = Array.from({ length: 60 }, (_, index) => order(`race-${index}`, "raced", 100n));
    for (const of of [...orders, ...orders]) place(of);
    await eventually(() => {
      const answers = orders.flatMap(({ orderId }) => factsOf(orderId));
      expect(answers.filter((fact) => fact === "1 funds.reserved")).to.have.length(10);
      expect(answers.filter((fact) => fact === "1 funds.rejected")).to.have.length(50);
    });
    expect(await purse("raced")).to.deep.equal([0n, 1_000n, 0n]);
    await other.stop(5_000);
  });

  it("takes a deposit once from twenty callers who race on two replicas", async () => {
    const other = await shop.join();
    await shop.ask("createUser", asked({ userId: "paid" }));
    const request = { userId: "paid", depositId: "paid-1", amount: money("USD", 700n) };
    const answers = await Promise.all(
      Array.from({ length: 20 }, async (_, index) =>
        index % 2 === 0
          ? await shop.ask<GetUserResponse>("deposit", request)
          : ((await other.execute("deposit", request, { actor: "test" })) as GetUserResponse),
      ),
    );
    expect(answers.map(({ user }) => user.balance.minorUnits)).to.deep.equal(answers.map(() => 700n));
    await said("paid", "1 user.registered", "2 funds.deposited");
    await other.stop(5_000);
  });

  it("lets a suspended user buy nothing, by card either", async () => {
    await create("bad", 1_000n);
    await shop.ask("setStatus", { userId: "bad", status: UserStatus.SUSPENDED });
    place(order("wanted", "bad", 1n, byCard));
    await said("wanted", "1 funds.rejected");
    await said("bad", "1 user.registered", "2 funds.deposited", "3 user.changed");
  });

  it("ignores what makes it reserve and release in an orchestrated purchase", async () => {
    await create("conducted", 1_000n);
    const of = order("conducted-1", "conducted", 100n, { mode: PurchaseMode.ORCHESTRATED });
    place(of);
    cancel(of);
    place(order("conducted-2", "conducted", 100n));
    cancel(order("conducted-3", "conducted", 100n));
    await said("conducted-2", "1 funds.reserved");
    await said("conducted-3", "1 funds.released");
    expect(factsOf("conducted-1")).to.deep.equal([]);
    expect(await purse("conducted")).to.deep.equal([900n, 100n, 0n]);
  });
});
