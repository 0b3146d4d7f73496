// The laws of the wallet: whatever comes, in whatever order and number, the balance is what the ledger says.

import { WalletAccount } from "@pavane/contracts/user";
import { money } from "@pavane/kernel";
import { expect } from "chai";
import fc from "fast-check";
import { confirm, type Hold, type OfPurchase, release, reserve } from "../src/domain/funds.js";
import { deposit, type User } from "../src/domain/user.js";
import type { Entry } from "../src/domain/wallet.js";
import { after, byCard, context, order, rich, user } from "./examples.js";

interface World {
  readonly user: User;
  readonly holds: Readonly<Record<string, Hold>>;
  readonly entries: readonly Entry[];
  readonly said: readonly string[];
}

const first = deposit(
  { user: user({ balance: 0n, deposited: 0n, entries: 0n }), entry: undefined },
  { userId: "user-1", depositId: "first", amount: money("USD", 100_000n) },
  context,
).next;
const start: World = {
  user: first?.user ?? user(),
  holds: {},
  entries: first?.entry === undefined ? [] : [first.entry],
  said: [],
};

type Verb = typeof reserve | typeof release | typeof confirm;

function hear(world: World, verb: Verb, fact: OfPurchase): World {
  const { orderId } = fact.purchase;
  const { next, events } = verb({ user: world.user, hold: world.holds[orderId] }, fact, context);
  return {
    user: next?.user ?? world.user,
    holds: next?.hold === undefined ? world.holds : { ...world.holds, [orderId]: next.hold },
    entries: [...world.entries, ...(next?.entries ?? [])],
    said: [...world.said, ...(events ?? []).map(({ type }) => `${orderId} ${type}`)],
  };
}

function pay(world: World, depositId: string, minorUnits: bigint): World {
  const entry = world.entries.find((made) => made.entryId === `deposit/${depositId}`);
  const request = { userId: "user-1", depositId, amount: money("USD", minorUnits) };
  const { next } = deposit({ user: world.user, entry }, request, context);
  const made = next?.entry === undefined ? [] : [next.entry];
  return { ...world, user: next?.user ?? world.user, entries: [...world.entries, ...made] };
}

/** What the ledger says an account has. */
function ledger(entries: readonly Entry[], account: WalletAccount): bigint {
  return entries.reduce(
    (sum, { fromAccount, toAccount, amount }) =>
      sum + (toAccount === account ? amount : 0n) - (fromAccount === account ? amount : 0n),
    0n,
  );
}

function balanced({ user: of, entries, holds }: World): void {
  expect(of.balance).to.equal(ledger(entries, WalletAccount.AVAILABLE));
  expect(of.held).to.equal(ledger(entries, WalletAccount.HELD));
  expect(of.spent).to.equal(ledger(entries, WalletAccount.SPENT));
  expect(of.deposited).to.equal(-ledger(entries, WalletAccount.OUTSIDE));
  expect(of.balance + of.held + of.spent).to.equal(of.deposited);
  for (const amount of [of.balance, of.held, of.spent]) expect(amount >= 0n).to.equal(true);
  const sum = (state: string) =>
    Object.values(holds)
      .filter((hold) => hold.state === state)
      .reduce((total, { amount }) => total + amount, 0n);
  expect(of.held).to.equal(sum("RESERVED"));
  expect(of.spent).to.equal(sum("CONFIRMED"));
  expect(entries.map(({ number }) => number)).to.deep.equal(entries.map((_, index) => BigInt(index + 1)));
  expect(new Set(entries.map(({ entryId }) => entryId)).size).to.equal(entries.length);
}

const total = fc.bigInt({ min: 0n, max: 60_000n });

describe("a wallet", () => {
  it("is exactly restored by a release after a reserve, but for the ledger that tells of both", () => {
    fc.assert(
      fc.property(total, fc.boolean(), (amount, card) => {
        const fact = order(amount, card ? byCard : {});
        const reserved = after(rich, reserve(rich, fact, context));
        const { user: back } = after(reserved, release(reserved, fact, context));
        expect({ ...back, entries: 0n }).to.deep.equal({ ...rich.user, entries: 0n });
      }),
    );
  });

  it("has what its ledger says under any interleaving, with any repeats, of many orders and deposits", () => {
    const story = fc.record({ amount: total, card: fc.boolean(), completed: fc.boolean() });
    const turn = fc.record({ who: fc.nat(), again: fc.boolean(), deposit: fc.option(fc.integer({ min: 1, max: 3 })) });
    fc.assert(
      fc.property(
        fc.array(story, { minLength: 1, maxLength: 5 }),
        fc.array(turn, { maxLength: 60 }),
        (stories, turns) => {
          let world = start;
          const heard = stories.map(() => 0);
          for (const { who, again, deposit: paid } of turns) {
            if (paid !== null) world = pay(world, `d-${paid}`, 100n * BigInt(paid));
            const index = who % stories.length;
            const { amount, card, completed } = stories[index] ?? { amount: 0n, card: false, completed: false };
            const fact = order(amount, { orderId: `order-${index}`, ...(card ? byCard : {}) });
            const rejected = world.said.includes(`order-${index} funds.rejected`);
            const verbs: readonly Verb[] = [reserve, completed && !rejected ? confirm : release];
            const at = again ? 0 : Math.min(heard[index] ?? 0, 1);
            world = hear(world, verbs[at] ?? reserve, fact);
            heard[index] = Math.max(heard[index] ?? 0, at + 1);
            balanced(world);
          }
          expect(new Set(world.said).size).to.equal(world.said.length);
        },
      ),
    );
  });

  it("ends untouched by a cancelled order, answered once, however reserve and release come", () => {
    const verbs = fc.array(fc.constantFrom(reserve, release), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(total, verbs, (amount, heard) => {
        const world = [...heard, release].reduce((now, verb) => hear(now, verb, order(amount)), start);
        balanced(world);
        expect(world.user).to.include({ balance: 100_000n, held: 0n, spent: 0n });
        expect(world.holds["order-1"]?.state).to.equal("RELEASED");
        expect(world.said.filter((said) => said.endsWith("funds.released"))).to.have.length(1);
      }),
    );
  });
});
