// Users themselves: registered, paid into, suspended, limited.

import { UserStatus, WalletAccount, WalletEntryKind } from "@pavane/contracts/user";
import { money, Refused } from "@pavane/kernel";
import { expect } from "chai";
import { createUser, deposit, setPurchaseLimit, setStatus } from "../src/domain/user.js";
import { asked, context, user } from "./examples.js";

function refusal(decide: () => unknown): string {
  try {
    decide();
  } catch (error) {
    if (error instanceof Refused) return `${error.reason} ${error.code}`;
    throw error;
  }
  return "accepted";
}

const whole = {
  userId: "user-1",
  name: "Ann",
  email: "ann@example.org",
  status: UserStatus.ACTIVE,
  currencyCode: "USD",
  purchaseLimit: money("USD", 50_000n),
};

describe("creating a user", () => {
  it("registers an active one with an empty wallet", () => {
    const { next, events } = createUser({ user: undefined }, asked(), context);
    expect(events).to.deep.equal([{ type: "user.registered", data: whole }]);
    expect(next?.user).to.include({ balance: 0n, held: 0n, spent: 0n, deposited: 0n, entries: 0n });
  });

  it("answers a repeat of the same request the same, even after the user has changed", () => {
    const changed = user({ status: UserStatus.SUSPENDED, purchaseLimit: 0n });
    expect(createUser({ user: changed }, asked(), context)).to.deep.equal({});
  });

  for (const [what, change] of [
    ["name", { name: "Bob" }],
    ["address", { email: "" }],
    ["currency", { currencyCode: "EUR" }],
    ["limit", { purchaseLimit: money("USD", 1n) }],
  ] as const) {
    it(`refuses the same id with another ${what}`, () => {
      const code = refusal(() => createUser({ user: user() }, asked(change), context));
      expect(code).to.equal("already_exists USER_ALREADY_EXISTS");
    });
  }
});

describe("a deposit", () => {
  const request = { userId: "user-1", depositId: "d-1", amount: money("USD", 250n) };

  it("comes into the wallet, with an entry from outside", () => {
    const { next, events } = deposit({ user: user(), entry: undefined }, request, context);
    expect(events).to.deep.equal([{ type: "funds.deposited", data: { ...request, balance: money("USD", 100_250n) } }]);
    expect(next?.user).to.include({ balance: 100_250n, deposited: 100_250n, entries: 2n });
    expect(next?.entry).to.deep.equal({
      entryId: "deposit/d-1",
      userId: "user-1",
      number: 2n,
      kind: WalletEntryKind.DEPOSIT,
      fromAccount: WalletAccount.OUTSIDE,
      toAccount: WalletAccount.AVAILABLE,
      currencyCode: "USD",
      amount: 250n,
      reference: "d-1",
      createTime: context.now,
    });
  });

  it("comes in once for its id, and is refused under the id of another", () => {
    const entry = deposit({ user: user(), entry: undefined }, request, context).next?.entry;
    expect(deposit({ user: user(), entry }, request, context)).to.deep.equal({});
    for (const other of [{ amount: money("USD", 251n) }, { amount: money("EUR", 250n) }, { userId: "user-2" }]) {
      const code = refusal(() => deposit({ user: user(), entry }, { ...request, ...other }, context));
      expect(code).to.equal("already_exists DEPOSIT_ALREADY_EXISTS");
    }
  });

  it("is taken from a suspended user too", () => {
    const suspended = user({ status: UserStatus.SUSPENDED });
    expect(deposit({ user: suspended, entry: undefined }, request, context).events).to.have.length(1);
  });

  it("is refused to an unknown user, and in another currency", () => {
    const unknown = refusal(() => deposit({ user: undefined, entry: undefined }, request, context));
    expect(unknown).to.equal("not_found USER_NOT_FOUND");
    const euros = { ...request, amount: money("EUR", 1n) };
    const mismatch = refusal(() => deposit({ user: user(), entry: undefined }, euros, context));
    expect(mismatch).to.equal("not_now CURRENCY_MISMATCH");
  });
});

describe("changing a user", () => {
  it("announces the whole state with the new status", () => {
    const { next, events } = setStatus({ user: user() }, { userId: "user-1", status: UserStatus.SUSPENDED });
    expect(events).to.deep.equal([{ type: "user.changed", data: { ...whole, status: UserStatus.SUSPENDED } }]);
    expect(next?.user).to.deep.equal(user({ status: UserStatus.SUSPENDED }));
  });

  it("announces the whole state with the new limit", () => {
    const purchaseLimit = money("USD", 0n);
    const { events } = setPurchaseLimit({ user: user() }, { userId: "user-1", purchaseLimit });
    expect(events).to.deep.equal([{ type: "user.changed", data: { ...whole, purchaseLimit } }]);
  });

  it("says nothing when nothing changes", () => {
    expect(setStatus({ user: user() }, { userId: "user-1", status: UserStatus.ACTIVE })).to.deep.equal({});
    const same = { userId: "user-1", purchaseLimit: money("USD", 50_000n) };
    expect(setPurchaseLimit({ user: user() }, same)).to.deep.equal({});
  });

  it("is refused for an unknown user, and for a limit in another currency", () => {
    const status = { userId: "user-2", status: UserStatus.ACTIVE };
    expect(refusal(() => setStatus({ user: undefined }, status))).to.equal("not_found USER_NOT_FOUND");
    const limit = { userId: "user-1", purchaseLimit: money("EUR", 1n) };
    expect(refusal(() => setPurchaseLimit({ user: undefined }, limit))).to.equal("not_found USER_NOT_FOUND");
    expect(refusal(() => setPurchaseLimit({ user: user() }, limit))).to.equal("not_now CURRENCY_MISMATCH");
  });
});
