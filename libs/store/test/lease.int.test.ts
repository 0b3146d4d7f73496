// Leases: every part has one holder, shares are fair, the dead are succeeded.

import { eventually } from "@pavane/testkit";
import { expect } from "chai";
import { type Leases, ledgerParts, openLeases } from "../src/index.js";
import { type TestDatabase, testDatabase } from "./database.js";

describe("leases", () => {
  let database: TestDatabase;
  const replica = (name: string, leaseMillis = 400) =>
    openLeases({ store: database.store, replica: name, leaseMillis });

  const turn = async (leases: Leases) => {
    const { surplus, wanted } = await leases.beat();
    if (surplus.length > 0) {
      await leases.release(surplus);
    }
    if (wanted > 0) {
      await leases.take(wanted);
    }
  };

  beforeEach(async () => {
    database = await testDatabase();
  });
  afterEach(() => database.drop());

  it("give all parts to a replica that is alone", async () => {
    const a = replica("a");
    await turn(a);
    expect(a.held.size).to.equal(ledgerParts);
    expect(a.valid(0)).to.equal(true);
  });

  it("are shared fairly, each part by one", async () => {
    const replicas = [replica("a"), replica("b"), replica("c")];
    for (let round = 0; round < 4; round++) {
      for (const each of replicas) {
        await turn(each);
      }
    }
    const held = replicas.flatMap((each) => [...each.held.keys()]);
    expect(held).to.have.length(ledgerParts);
    expect(new Set(held).size).to.equal(ledgerParts);
    expect(Math.max(...replicas.map((each) => each.held.size))).to.be.lessThan(7);
  });

  it("pass on from the dead within a lease, and not before", async () => {
    const a = replica("a");
    const b = replica("b");
    await turn(a);
    await turn(b);
    expect(b.held.size).to.equal(0);
    await eventually(
      async () => {
        await turn(b);
        return b.held.size === ledgerParts;
      },
      { timeout: 2_000 },
    );
    expect(a.valid(0)).to.equal(false);
    await turn(a);
    expect(a.held.size).to.equal(0);
  });

  it("are lost by whoever slept longer than a lease, even if nobody took them", async () => {
    const a = replica("a", 100);
    await turn(a);
    const token = a.held.get(0);
    await eventually(() => !a.valid(0));
    const { lost } = await a.beat();
    expect(lost).to.have.length(ledgerParts);
    expect(a.held.size).to.equal(0);
    await turn(a);
    expect(a.held.get(0)).not.to.equal(token);
  });

  it("are free at once when handed back", async () => {
    const a = replica("a", 60_000);
    const b = replica("b", 60_000);
    await turn(a);
    await a.leave();
    await turn(b);
    expect(b.held.size).to.equal(ledgerParts);
  });

  it("leave few dead rows: only heartbeats are updated", async () => {
    const a = replica("a", 60_000);
    await turn(a);
    for (let beat = 0; beat < 50; beat++) {
      await turn(a);
    }
    const rows = await database.store.knex.raw("select max(token) as token from lease");
    expect(rows.rows[0].token).to.equal(BigInt(ledgerParts));
  });
});
