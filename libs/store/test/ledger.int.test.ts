// Outbox, inbox, migrations and partitions on a real database.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { v7 } from "uuid";
import {
  appendFacts,
  claimInbox,
  isSerialization,
  migrate,
  newEventId,
  type OutboxFact,
  type Partitions,
  startPartitions,
  transact,
} from "../src/index.js";
import { type TestDatabase, testDatabase } from "./database.js";

const dayMillis = 86_400_000;

function fact(aggregate: string, version: bigint, size = 20): OutboxFact {
  return { id: newEventId(), aggregate, version, type: "thing.changed", message: Buffer.alloc(size, Number(version)) };
}

describe("the ledger's tables", () => {
  let database: TestDatabase;
  let partitions: Partitions;

  before(async () => {
    database = await testDatabase();
    partitions = await startPartitions(database.store);
  });
  after(async () => {
    await partitions.stop();
    await database.drop();
  });

  it("appends facts in the given order, each with its own bytes", async () => {
    const facts = Array.from({ length: 300 }, (_, n) => fact(`thing/${n % 7}`, BigInt(n), n % 50));
    const appended = await transact(database.store, async (tx) => {
      const [rows] = await Promise.all([appendFacts(tx, facts), tx.commit()]);
      return rows;
    });
    const positions = appended.map(({ position }) => position);
    expect(positions).to.deep.equal([...positions].sort((a, b) => (a < b ? -1 : 1)));
    expect(appended.every(({ part }) => part >= 0 && part <= 15)).to.equal(true);
    const rows = await database.store.knex("outbox").orderBy("position").select("id", "message", "version");
    expect(rows.map(({ id }) => id)).to.deep.equal(facts.map(({ id }) => id));
    expect(rows.map(({ message }) => message)).to.deep.equal(facts.map(({ message }) => message));
  });

  it("never goes back with its ids, even when the clock does", () => {
    const clock = Date.now;
    try {
      const before = newEventId();
      Date.now = () => clock() - dayMillis;
      const after = newEventId();
      expect(after > before).to.equal(true);
    } finally {
      Date.now = clock;
    }
  });

  it("lets one of twenty racing claimers win each event", async () => {
    const ids = Array.from({ length: 50 }, () => newEventId());
    const wins = await Promise.all(
      Array.from({ length: 20 }, () =>
        transact(database.store, (tx) => tx.send<{ id: string }>(claimInbox, [ids, ids.map(() => "count")])),
      ),
    );
    const won = wins.flat().map(({ id }) => id);
    expect(won).to.have.length(50);
    expect(new Set(won)).to.deep.equal(new Set(ids));
  });

  it("does not deadlock when replicas claim overlapping batches in opposite orders", async () => {
    let deadlocks = 0;
    for (let round = 0; round < 30; round++) {
      const ids = Array.from({ length: 200 }, () => newEventId());
      const backwards = [...ids].reverse();
      const claim = (batch: string[]) =>
        transact(database.store, (tx) => tx.send(claimInbox, [batch, batch.map(() => "count")]));
      for (const result of await Promise.allSettled([claim(ids), claim(backwards), claim(ids), claim(backwards)])) {
        if (result.status === "rejected") {
          expect(isSerialization(result.reason)).to.equal(true);
          deadlocks++;
        }
      }
    }
    expect(deadlocks).to.equal(0);
  });

  it("claims again what a rolled-back transaction had claimed", async () => {
    const id = newEventId();
    const claim = (fail: boolean) =>
      transact(database.store, async (tx) => {
        const won = await tx.send(claimInbox, [[id], ["count"]]);
        if (fail) {
          throw new Error("no");
        }
        return won.length;
      });
    await claim(true).catch(() => undefined);
    expect(await claim(false)).to.equal(1);
    expect(await claim(false)).to.equal(0);
  });

  it("judges an event id by its time before it is claimed", () => {
    const now = Date.now();
    expect(partitions.verdict(v7({ msecs: now }))).to.equal("OK");
    expect(partitions.verdict(v7({ msecs: now + dayMillis + 60_000 }))).to.equal("CLOCK");
    expect(partitions.verdict(v7({ msecs: now - 14 * dayMillis }))).to.equal("OK");
    expect(partitions.verdict(v7({ msecs: now - 17 * dayMillis }))).to.equal("TOO_OLD");
    expect(partitions.verdict("order-1")).to.equal("NOT_AN_ID");
  });

  it("has a partition for every id that it lets in", async () => {
    const now = Date.now();
    const ids = [-14, -7, -1, 0, 0.99].map((days) => v7({ msecs: now + days * dayMillis }));
    expect(ids.map((id) => partitions.verdict(id))).to.deep.equal(ids.map(() => "OK"));
    const won = await transact(database.store, (tx) => tx.send(claimInbox, [ids, ids.map(() => "count")]));
    expect(won).to.have.length(ids.length);
  });
});

describe("partitions", () => {
  let database: TestDatabase;

  beforeEach(async () => {
    database = await testDatabase("migrated");
  });
  afterEach(() => database.drop());

  const names = async (table: string) => {
    const answer = await database.store.knex.raw(
      "select inhrelid::regclass::text as name from pg_inherits where inhparent = ?::regclass order by 1",
      [table],
    );
    return (answer.rows as { name: string }[]).map(({ name }) => name);
  };

  /** A partition of ten days ago with two facts in it. */
  const oldPartition = async () => {
    const day = Math.floor(Date.now() / dayMillis - 10) * dayMillis;
    const bound = (millis: number) => {
      const hex = millis.toString(16).padStart(12, "0");
      return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
    };
    const name = `outbox_${new Date(day).toISOString().slice(0, 10).replaceAll("-", "")}`;
    await database.store.knex.raw(
      `create table ${name} partition of outbox for values from ('${bound(day)}') to ('${bound(day + dayMillis)}')`,
    );
    const facts = [1n, 2n].map((version) => ({ ...fact("thing/1", version), id: v7({ msecs: day + 1000 }) }));
    const appended = await transact(database.store, (tx) => appendFacts(tx, facts));
    return { name, positions: appended.map(({ position }) => position) };
  };

  const receipts = (positions: readonly bigint[]) =>
    database.store.knex.raw(
      `insert into receipt (relay, stream, stream_created, min_position, max_position, positions, sequences)
       select 'a', 's', now(), min(p), max(p), array_agg(p), array_agg(1) from unnest(?::bigint[]) p`,
      [positions.map(String)],
    );

  it("are made once by replicas that start together", async () => {
    const stores = [database.open(2), database.open(2), database.open(2)];
    const started = await Promise.all(stores.map((store) => startPartitions(store)));
    expect(await names("outbox")).to.have.length(4);
    expect(await names("inbox")).to.have.length(18);
    await Promise.all(started.map((each) => each.stop()));
  });

  it("are dropped when old only if every fact has a receipt or is stuck", async () => {
    const kept: [string, number][] = [];
    const partitions = await startPartitions(database.store, { onKept: (name, rows) => kept.push([name, rows]) });
    const { name, positions } = await oldPartition();
    await partitions.sweep();
    expect(kept).to.deep.equal([[name, 2]]);
    await receipts(positions.slice(0, 1));
    await partitions.sweep();
    expect(kept.at(-1)).to.deep.equal([name, 1]);
    expect(await names("outbox")).to.include(name);
    await receipts(positions.slice(1));
    await partitions.sweep();
    expect(await names("outbox")).not.to.include(name);
    await partitions.stop();
  });

  it("do not queue behind a reader: the drop gives up and leaves others unhindered", async () => {
    const partitions = await startPartitions(database.store);
    const { name, positions } = await oldPartition();
    await receipts(positions);
    const reader = await database.store.knex.transaction();
    await reader("outbox").select("id");
    await partitions.sweep();
    expect(await names("outbox")).to.include(name);
    await reader.rollback();
    await partitions.sweep();
    expect(await names("outbox")).not.to.include(name);
    await partitions.stop();
  }).timeout(20_000);
});

describe("migrations", () => {
  let database: TestDatabase;
  let folder: string;

  beforeEach(async () => {
    database = await testDatabase("bare");
    folder = await mkdtemp(join(tmpdir(), "migrations-"));
    await writeFile(join(folder, "001_first.sql"), "create table first (id int); create table other (id int);");
  });
  afterEach(async () => {
    await database.drop();
    await rm(folder, { recursive: true });
  });

  const failure = async (promise: Promise<void>) => {
    try {
      await promise;
    } catch (error) {
      return (error as Error).message;
    }
    throw new Error("nothing was thrown");
  };

  it("are applied once by replicas that start together", async () => {
    const stores = [database.open(2), database.open(2), database.open(2), database.open(2)];
    await Promise.all(stores.map((store) => migrate(store, folder)));
    expect(await database.store.knex("service_migration").select("number", "name")).to.deep.equal([
      { number: 1, name: "001_first.sql" },
    ]);
    await database.store.knex("first").insert({ id: 1 });
  });

  it("apply all of a set or nothing", async () => {
    await writeFile(join(folder, "002_broken.sql"), "create table second (id int); create nonsense;");
    expect(await failure(migrate(database.store, folder))).to.match(/002_broken\.sql failed: syntax error/);
    expect(await database.store.knex.schema.hasTable("first")).to.equal(false);
  });

  it("refuse a database with a newer breaking migration, and accept one with a newer harmless one", async () => {
    await migrate(database.store, folder);
    const row = { number: 2, name: "002_new.sql", checksum: "x", breaking: false };
    await database.store.knex("service_migration").insert(row);
    await migrate(database.store, folder);
    await database.store.knex("service_migration").update({ breaking: true }).where({ number: 2 });
    expect(await failure(migrate(database.store, folder))).to.match(/002_new\.sql, which this program does not know/);
  });

  it("record the breaking header", async () => {
    await writeFile(join(folder, "002_rename.sql"), "-- breaking\nalter table other rename to others;");
    await migrate(database.store, folder);
    expect(await database.store.knex("service_migration").where({ number: 2 }).first("breaking")).to.deep.equal({
      breaking: true,
    });
  });

  it("refuse a file that was changed after it was applied", async () => {
    await migrate(database.store, folder);
    await writeFile(join(folder, "001_first.sql"), "create table first (id bigint);");
    expect(await failure(migrate(database.store, folder))).to.match(/001_first\.sql was changed after it was applied/);
  });
});
