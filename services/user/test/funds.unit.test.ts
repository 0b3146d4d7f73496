// What is held of a wallet for an order: given the user, when a fact comes, then this is announced and moved.

import { UserStatus, WalletAccount, WalletEntryKind } from "@pavane/contracts/user";
import { money } from "@pavane/kernel";
import { expect } from "chai";
import { confirm, type Held, type OfPurchase, release, reserve } from "../src/domain/funds.js";
import { after, byCard, context, order, rich, user } from "./examples.js";

type Verb = typeof reserve | typeof release | typeof confirm;

/** The state after these verbs, each of the same order. */
function given(fact: OfPurchase, ...verbs: readonly Verb[]): Held {
  return verbs.reduce((state, verb) => after(state, verb(state, fact, context)), rich);
}

const wallet = order(30_000n);
const card = order(30_000n, byCard);
const free = order(0n);
const purse = ({ user: of }: Held) => [of?.balance, of?.held, of?.spent];

describe("reserving funds", () => {
  it("sets the total aside when the wallet pays, with an entry that says so", () => {
    const decision = reserve(rich, wallet, context);
    expect(decision.events).to.deep.equal([
      { type: "funds.reserved", data: { purchase: wallet.purchase, amount: money("USD", 30_000n) } },
    ]);
    expect(decision.next?.hold).to.deep.equal({
      orderId: "order-1",
      userId: "user-1",
      state: "RESERVED",
      amount: 30_000n,
    });
    expect(purse(after(rich, decision))).to.deep.equal([70_000n, 30_000n, 0n]);
    expect(decision.next?.entries).to.deep.equal([
      {
        entryId: "reserve/order-1",
        userId: "user-1",
        number: 2n,
        kind: WalletEntryKind.RESERVE,
        fromAccount: WalletAccount.AVAILABLE,
        toAccount: WalletAccount.HELD,
        currencyCode: "USD",
        amount: 30_000n,
        reference: "order-1",
        createTime: context.now,
      },
    ]);
  });

  for (const [what, fact] of [
    ["a card pays", card],
    ["nothing is to be paid", free],
  ] as const) {
    it(`holds no money when ${what}, and announces all the same`, () => {
      const { next, events } = reserve(rich, fact, context);
      expect(events?.[0]).to.deep.equal({
        type: "funds.reserved",
        data: { purchase: fact.purchase, amount: money("USD", 0n) },
      });
      expect(next).to.deep.equal({
        hold: { orderId: "order-1", userId: "user-1", state: "RESERVED", amount: 0n },
      });
    });
  }

  const poor = user({ balance: 5_000n });
  for (const [code, found, fact] of [
    ["USER_NOT_FOUND", undefined, wallet],
    ["USER_NOT_ACTIVE", user({ status: UserStatus.SUSPENDED }), wallet],
    ["CURRENCY_MISMATCH", user({ currencyCode: "EUR" }), wallet],
    ["CURRENCY_MISMATCH", user({ currencyCode: "EUR" }), card],
    ["PURCHASE_LIMIT_EXCEEDED", user(), order(50_001n)],
    ["PURCHASE_LIMIT_EXCEEDED", user(), order(50_001n, byCard)],
    ["INSUFFICIENT_BALANCE", poor, order(5_001n)],
    // The checks come in their order: what fails first is said.
    ["USER_NOT_ACTIVE", { ...poor, status: UserStatus.SUSPENDED, currencyCode: "EUR" }, order(50_001n)],
    ["CURRENCY_MISMATCH", { ...poor, currencyCode: "EUR" }, order(50_001n)],
    ["PURCHASE_LIMIT_EXCEEDED", poor, order(50_001n)],
  ] as const) {
    it(`rejects a ${fact === card ? "card" : "wallet"} order with ${code} and holds nothing`, () => {
      const { next, events } = reserve({ user: found, hold: undefined }, fact, context);
      expect(events).to.have.length(1);
      expect(events?.[0]).to.include({ type: "funds.rejected" });
      expect(events?.[0]?.data).to.include({ code });
      expect(next).to.deep.equal({
        hold: { orderId: "order-1", userId: "user-1", state: "REJECTED", amount: 0n },
      });
    });
  }

  it("says the balance when it does not suffice, and only then", () => {
    const short = reserve({ user: poor, hold: undefined }, order(5_001n), context);
    expect(short.events?.[0]?.data).to.deep.include({ balance: money("USD", 5_000n) });
    const over = reserve(rich, order(50_001n), context);
    expect(over.events?.[0]?.data).not.to.have.property("balance");
  });

  it("takes a total of exactly the limit, and of exactly the balance", () => {
    expect(reserve(rich, order(50_000n), context).events?.[0]?.type).to.equal("funds.reserved");
    expect(reserve({ user: poor, hold: undefined }, order(5_000n), context).events?.[0]?.type).to.equal(
      "funds.reserved",
    );
  });

  it("asks no balance of who pays by card", () => {
    expect(reserve({ user: poor, hold: undefined }, card, context).events?.[0]?.type).to.equal("funds.reserved");
  });

  for (const [name, verbs] of [
    ["RESERVED", [reserve]],
    ["CONFIRMED", [reserve, confirm]],
    ["RELEASED", [reserve, release]],
    ["a tombstone", [release]],
  ] as const) {
    it(`does nothing when the hold is ${name}`, () => {
      expect(reserve(given(wallet, ...verbs), wallet, context)).to.deep.equal({});
    });
  }

  it("does nothing when the hold is REJECTED, though the user has the money by now", () => {
    const rejected = reserve({ user: poor, hold: undefined }, order(5_001n), context);
    const state = { user: user(), hold: rejected.next?.hold };
    expect(reserve(state, order(5_001n), context)).to.deep.equal({});
  });
});

describe("releasing funds", () => {
  it("gives back what was held, with an entry, and answers", () => {
    const { next, events } = release(given(wallet, reserve), wallet, context);
    expect(events).to.deep.equal([
      { type: "funds.released", data: { purchase: wallet.purchase, amount: money("USD", 30_000n) } },
    ]);
    expect(next?.hold).to.include({ state: "RELEASED", amount: 30_000n });
    expect(next?.user).to.include({ balance: 100_000n, held: 0n, spent: 0n, entries: 3n });
    expect(next?.entries?.[0]).to.include({ entryId: "release/order-1", number: 3n, amount: 30_000n });
  });

  for (const [what, state, fact] of [
    ["an order it never heard of", rich, wallet],
    ["an order of an unknown user", { user: undefined, hold: undefined }, wallet],
    ["an order it rejected", given(order(50_001n), reserve), order(50_001n)],
    ["an order that a card pays", given(card, reserve), card],
  ] as const) {
    it(`answers for ${what}, and moves nothing`, () => {
      const { next, events } = release(state, fact, context);
      expect(events).to.deep.equal([
        { type: "funds.released", data: { purchase: fact.purchase, amount: money("USD", 0n) } },
      ]);
      expect(next).to.deep.equal({ hold: { orderId: "order-1", userId: "user-1", state: "RELEASED", amount: 0n } });
    });
  }

  it("gives back to a user who was suspended since", () => {
    const state = given(wallet, reserve);
    const suspended = { ...state, user: user({ ...state.user, status: UserStatus.SUSPENDED }) };
    expect(release(suspended, wallet, context).next?.user).to.include({ balance: 100_000n, held: 0n });
  });

  it("answers once", () => {
    expect(release(given(wallet, reserve, release), wallet, context)).to.deep.equal({});
    expect(release(given(wallet, release), wallet, context)).to.deep.equal({});
  });

  it("fails loudly for an order that is completed: one is never both", () => {
    const decide = () => release(given(wallet, reserve, confirm), wallet, context);
    expect(decide).to.throw("order order-1 is being cancelled, but its funds are CONFIRMED");
  });
});

describe("confirming funds", () => {
  it("spends what was held, with an entry", () => {
    const { next, events } = confirm(given(wallet, reserve), wallet, context);
    expect(events).to.equal(undefined);
    expect(next?.hold?.state).to.equal("CONFIRMED");
    expect(next?.user).to.include({ balance: 70_000n, held: 0n, spent: 30_000n, deposited: 100_000n });
    expect(next?.entries?.[0]).to.include({ entryId: "confirm/order-1", number: 3n, amount: 30_000n });
  });

  it("moves nothing for an order that a card paid", () => {
    const { next } = confirm(given(card, reserve), card, context);
    expect(next).to.deep.equal({ hold: { orderId: "order-1", userId: "user-1", state: "CONFIRMED", amount: 0n } });
  });

  it("happens once", () => {
    expect(confirm(given(wallet, reserve, confirm), wallet, context)).to.deep.equal({});
  });

  it("fails loudly without its funds", () => {
    expect(() => confirm(rich, wallet, context)).to.throw("not held");
    expect(() => confirm(given(wallet, release), wallet, context)).to.throw("RELEASED");
    expect(() => confirm(given(order(50_001n), reserve), order(50_001n), context)).to.throw("REJECTED");
  });
});
