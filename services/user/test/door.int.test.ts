// User through its public door: what a caller gets, and how a caller is refused.

import { UserServiceDefinition, UserStatus, WalletEntryKind } from "@pavane/contracts/user";
import { money } from "@pavane/kernel";
import { type Client, client, RpcError } from "@pavane/rpc";
import { face, type RunningService, startService } from "@pavane/service";
import { type Database, database, namespace, natsUrl } from "@pavane/testkit";
import { expect } from "chai";
import { userService } from "../src/index.js";
import { commands, queries } from "../src/rpc.js";
import { asked } from "./examples.js";

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

describe("the door of user", function () {
  this.timeout(60_000);
  let home: Database;
  let service: RunningService;
  let user: Client<UserServiceDefinition>;

  before(async () => {
    home = await database();
    const setup = {
      definition: userService,
      face: face(UserServiceDefinition, commands, queries),
      migrations: new URL("../../migrations/", import.meta.url),
    };
    const places = { databaseUrl: home.url, natsUrl: natsUrl(), namespace: namespace(), grpcPort: 0 };
    service = await startService(setup, { ...places, log });
    service.server.setServing(true);
    user = client(UserServiceDefinition, `127.0.0.1:${service.grpcPort}`);
  });
  after(async () => {
    user.close();
    await service.stop(5_000);
    await home.drop();
  });

  /** How a call is refused: its status, its code, and the fields that break rules. */
  async function refusal(call: Promise<unknown>): Promise<string> {
    try {
      await call;
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      return [error.code, error.reason, ...error.violations.map(({ field }) => field)].join(" ");
    }
    return "taken";
  }

  it("creates a user, answers a repeat the same, and refuses another under the id", async () => {
    const first = await user.createUser(asked({ userId: "ann" }));
    expect(first.user).to.deep.include({ userId: "ann", status: UserStatus.ACTIVE, balance: money("USD", 0n) });
    expect(await user.createUser(asked({ userId: "ann" }))).to.deep.equal(first);
    expect(await user.getUser({ userId: "ann" })).to.deep.equal(first);
    const other = user.createUser(asked({ userId: "ann", email: "" }));
    expect(await refusal(other)).to.equal("ALREADY_EXISTS USER_ALREADY_EXISTS");
  });

  it("takes deposits and shows their entries", async () => {
    await user.createUser(asked({ userId: "bob" }));
    const request = { userId: "bob", depositId: "bob-1", amount: money("USD", 500n) };
    for (let again = 0; again < 2; again++) {
      expect((await user.deposit(request)).user.balance).to.deep.equal(money("USD", 500n));
    }
    const twice = user.deposit({ ...request, amount: money("USD", 501n) });
    expect(await refusal(twice)).to.equal("ALREADY_EXISTS DEPOSIT_ALREADY_EXISTS");
    const euros = user.deposit({ ...request, depositId: "bob-2", amount: money("EUR", 1n) });
    expect(await refusal(euros)).to.equal("FAILED_PRECONDITION CURRENCY_MISMATCH");
    const { entries } = await user.listWalletEntries({ userId: "bob", pageSize: 0, pageToken: "" });
    expect(entries).to.have.length(1);
    expect(entries[0]).to.deep.include({
      kind: WalletEntryKind.DEPOSIT,
      amount: money("USD", 500n),
      reference: "bob-1",
    });
  });

  it("suspends and limits", async () => {
    await user.createUser(asked({ userId: "eve" }));
    const { user: suspended } = await user.setStatus({ userId: "eve", status: UserStatus.SUSPENDED });
    expect(suspended.status).to.equal(UserStatus.SUSPENDED);
    const purchaseLimit = money("USD", 0n);
    const { user: limited } = await user.setPurchaseLimit({ userId: "eve", purchaseLimit });
    expect(limited).to.deep.include({ purchaseLimit, status: UserStatus.SUSPENDED });
    const euros = user.setPurchaseLimit({ userId: "eve", purchaseLimit: money("EUR", 0n) });
    expect(await refusal(euros)).to.equal("FAILED_PRECONDITION CURRENCY_MISMATCH");
  });

  it("answers NOT_FOUND for a user who does not exist", async () => {
    const calls: Promise<unknown>[] = [
      user.getUser({ userId: "nobody" }),
      user.deposit({ userId: "nobody", depositId: "n-1", amount: money("USD", 1n) }),
      user.setStatus({ userId: "nobody", status: UserStatus.ACTIVE }),
      user.setPurchaseLimit({ userId: "nobody", purchaseLimit: money("USD", 1n) }),
      user.listWalletEntries({ userId: "nobody", pageSize: 0, pageToken: "" }),
    ];
    expect(new Set(await Promise.all(calls.map(refusal)))).to.deep.equal(new Set(["NOT_FOUND USER_NOT_FOUND"]));
  });

  it("names the fields that break rules", async () => {
    const bad = user.createUser(asked({ userId: "", name: "", email: "not an address" }));
    expect(await refusal(bad)).to.equal("INVALID_ARGUMENT INVALID_REQUEST user_id name email");
    const mixed = user.createUser(asked({ userId: "mixed", purchaseLimit: money("EUR", 1n) }));
    expect(await refusal(mixed)).to.contain("INVALID_ARGUMENT INVALID_REQUEST");
    const nothing = user.deposit({ userId: "ann", depositId: "a-1", amount: money("USD", 0n) });
    expect(await refusal(nothing)).to.equal("INVALID_ARGUMENT INVALID_REQUEST amount");
    const status = user.setStatus({ userId: "ann", status: UserStatus.UNSPECIFIED });
    expect(await refusal(status)).to.equal("INVALID_ARGUMENT INVALID_REQUEST status");
  });
});
