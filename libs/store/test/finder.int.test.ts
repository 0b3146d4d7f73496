// The finder: nothing committed is skipped, however late it commits, and nothing overtakes.

import { expect } from "chai";
import {
  appendFacts,
  type Cursor,
  Finder,
  type FoundFact,
  keepReceipts,
  LedgerMoved,
  newEventId,
  type OutboxFact,
  type Statement,
  type Transaction,
  transact,
} from "../src/index.js";
import { type TestDatabase, testDatabase } from "./database.js";

const takeXid: Statement = { name: "test.xid", text: "select pg_current_xact_id()::text as xid" };
const allParts = Array.from({ length: 16 }, (_, part) => part);

function fact(aggregate: string, version: bigint): OutboxFact {
  return { id: newEventId(), aggregate, version, type: "thing.changed", message: Buffer.from(aggregate) };
}

/** A transaction that is steered from outside, step by step. */
function steered(database: TestDatabase) {
  const steps: { run: (tx: Transaction) => Promise<unknown>; done: (value: unknown) => void }[] = [];
  let notify: () => void = () => undefined;
  let ended = false;
  const finished = transact(database.store, async (tx) => {
    for (;;) {
      for (let step = steps.shift(); step; step = steps.shift()) {
        step.done(await step.run(tx));
      }
      if (ended) {
        return;
      }
      await new Promise<void>((resolve) => {
        notify = resolve;
      });
    }
  });
  const perform = (run: (tx: Transaction) => Promise<unknown>) =>
    new Promise<unknown>((done) => {
      steps.push({ run, done });
      notify();
    });
  return {
    takeXid: () => perform((tx) => tx.send(takeXid)),
    append: (...facts: OutboxFact[]) => perform((tx) => appendFacts(tx, facts)),
    commit: async () => {
      ended = true;
      notify();
      await finished;
    },
  };
}

describe("the finder", () => {
  let database: TestDatabase;
  let finder: Finder;

  const append = (...facts: OutboxFact[]) => transact(database.store, (tx) => appendFacts(tx, facts));
  const poll = async (from = finder) =>
    (await from.poll()).facts.map(({ aggregate, version }) => `${aggregate}@${version}`);
  const store = async (cursors: readonly Cursor[], identity = finder.identity) => {
    const held = cursors.map((cursor) => ({ ...cursor, token: 0n }));
    await keepReceipts(database.store, "test", [], held, identity ?? { system: 0n, timeline: 0, started: "" });
  };

  beforeEach(async () => {
    database = await testDatabase();
    finder = new Finder(database.store, 3);
    await finder.adopt(allParts);
  });
  afterEach(() => database.drop());

  it("finds what is there in order, page by page, and nothing twice", async () => {
    const facts = Array.from({ length: 8 }, (_, n) => fact(`thing/${n % 3}`, BigInt(n)));
    await append(...facts);
    const found: FoundFact[] = [];
    for (let more = true; more; ) {
      const findings = await finder.poll();
      found.push(...findings.facts);
      more = findings.more;
    }
    expect(found.map(({ id }) => id)).to.deep.equal(facts.map(({ id }) => id));
    expect(await poll()).to.deep.equal([]);
  });

  it("finds a transaction that was in progress when a later position was taken", async () => {
    const slow = steered(database);
    await slow.append(fact("slow", 1n));
    await append(fact("quick", 1n));
    expect(await poll()).to.deep.equal(["quick@1"]);
    await slow.commit();
    expect(await poll()).to.deep.equal(["slow@1"]);
    expect(await poll()).to.deep.equal([]);
  });

  it("finds a transaction whose xid is above the snapshot and whose position is below the cursor", async () => {
    const early = steered(database);
    const late = steered(database);
    await early.takeXid();
    await late.takeXid();
    await late.append(fact("late", 1n));
    await early.append(fact("early", 1n));
    await early.commit();
    expect(await poll()).to.deep.equal(["early@1"]);
    await late.commit();
    expect(await poll()).to.deep.equal(["late@1"]);
    expect(await poll()).to.deep.equal([]);
  });

  it("reads on while a transaction stays open in another database", async () => {
    const other = await testDatabase("bare");
    const open = steered(other);
    await open.takeXid();
    await append(fact("thing", 1n));
    expect(await poll()).to.deep.equal(["thing@1"]);
    await append(fact("thing", 2n));
    expect(await poll()).to.deep.equal(["thing@2"]);
    await open.commit();
    await other.drop();
  });

  it("never finds what was rolled back, and is not held up by the gap", async () => {
    await transact(database.store, async (tx) => {
      await appendFacts(tx, [fact("gone", 1n)]);
      throw new Error("no");
    }).catch(() => undefined);
    await append(fact("thing", 1n));
    expect(await poll()).to.deep.equal(["thing@1"]);
    expect(await poll()).to.deep.equal([]);
  });

  it("finds all late rows before any new one, over many pages, each once and in order", async () => {
    const writers = Array.from({ length: 5 }, () => steered(database));
    for (const [n, writer] of writers.entries()) {
      await writer.append(fact(`w${n}`, 1n), fact(`w${n}`, 2n), fact(`w${n}`, 3n));
    }
    await append(fact("quick", 1n));
    expect(await poll()).to.deep.equal(["quick@1"]);
    for (const writer of [...writers].reverse()) {
      await writer.commit();
    }
    await append(fact("new", 1n));
    const expected = writers.flatMap((_, n) => [1, 2, 3].map((version) => `w${n}@${version}`));
    expect(await poll()).to.deep.equal(expected);
    expect(await poll()).to.deep.equal(["new@1"]);
    expect(await poll()).to.deep.equal([]);
  });

  it("goes on from a stored cursor, with what was late then", async () => {
    const slow = steered(database);
    await slow.append(fact("slow", 1n));
    await append(fact("quick", 1n));
    const { cursors } = await finder.poll();
    await store(cursors);
    await slow.commit();
    await append(fact("next", 1n));
    const successor = new Finder(database.store);
    await successor.adopt(allParts);
    expect(await poll(successor)).to.deep.equal(["slow@1", "next@1"]);
  });

  it("catches a part up from its own cursor, whatever the others have read", async () => {
    const aggregates = Array.from({ length: 40 }, (_, n) => `thing/${n}`);
    const appended = await append(...aggregates.map((aggregate) => fact(aggregate, 1n)));
    const half = new Finder(database.store, 100);
    await half.adopt(allParts.slice(0, 8));
    const first = (await half.poll()).facts;
    expect(first.every(({ part }) => part < 8)).to.equal(true);
    const slow = steered(database);
    await slow.append(...aggregates.map((aggregate) => fact(aggregate, 2n)));
    await append(fact("quick", 1n));
    await half.poll();
    await half.adopt(allParts.slice(8));
    const second = (await half.poll()).facts;
    expect(
      [...first, ...second].filter(({ version, aggregate }) => version === 1n && aggregate !== "quick"),
    ).to.have.length(appended.length);
    await slow.commit();
    expect((await half.poll()).facts).to.have.length(aggregates.length);
    expect((await half.poll()).facts).to.have.length(0);
  });

  it("refuses the cursor of a lease that has passed on", async () => {
    await append(fact("thing", 1n));
    const { cursors } = await finder.poll();
    await database.store.knex("lease").update({ token: 7 });
    await store(cursors);
    expect(await database.store.knex("relay_cursor").select()).to.have.length(0);
  });

  it("compares everything once in a restored database, where old xids mean nothing", async () => {
    const [sent, unsent] = await append(fact("sent", 1n), fact("unsent", 1n));
    // As after a restore: rows with xids from another life, above this database's.
    await database.store.knex("outbox").update({ xid: database.store.knex.raw("'999999999'::xid8") });
    const { cursors } = await finder.poll();
    const receipt = { stream: "S", streamCreated: new Date().toISOString(), sequence: 1 };
    await keepReceipts(database.store, "test", [{ ...receipt, position: sent?.position ?? 0n }], [], {
      system: 1n,
      timeline: 1,
      started: "",
    });
    await store(
      cursors.map((cursor) => ({ ...cursor, position: 0n, snapshot: "5:5:" })),
      { system: 1n, timeline: 1, started: "" },
    );
    const restored = new Finder(database.store);
    await restored.adopt(allParts);
    expect((await restored.poll()).facts.map(({ position }) => position)).to.deep.equal([unsent?.position]);
    expect(await poll(restored)).to.deep.equal([]);
    const slow = steered(database);
    await slow.append(fact("slow", 1n));
    await append(fact("quick", 1n));
    expect(await poll(restored)).to.deep.equal(["quick@1"]);
    await slow.commit();
    expect(await poll(restored)).to.deep.equal(["slow@1"]);
  });

  it("notices that the database was started again or is another one", async () => {
    // Functions of ours in front of Postgres' own, so that a restart and a restore can be had in a moment.
    await database.store.knex.raw(`
      create table life (started timestamptz not null, system_identifier bigint not null);
      insert into life values (now(), 1);
      create function pg_postmaster_start_time() returns timestamptz language sql as 'select started from life';
      create function pg_control_system() returns table (system_identifier bigint) language sql
        as 'select system_identifier from life';
      do $$ begin execute format('alter database %I set search_path = public, pg_catalog', current_database()); end $$`);
    const store = database.open();
    const outcome = async (change: string) => {
      const reader = new Finder(store);
      await reader.adopt(allParts);
      await reader.poll();
      await database.store.knex.raw(change);
      return await reader.poll().then(
        () => undefined,
        (error: unknown) => error,
      );
    };
    expect(await outcome("select 1")).to.equal(undefined);
    expect(await outcome("update life set started = started + interval '1 second'")).to.be.instanceOf(LedgerMoved);
    expect(await outcome("update life set system_identifier = 2")).to.be.instanceOf(LedgerMoved);
  });
});
