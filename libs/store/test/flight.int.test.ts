// Two-flight transactions: what is sent travels together, and no failure is lost.

import { expect } from "chai";
import {
  isConnectionTrouble,
  isSerialization,
  OutcomeUnknown,
  openStore,
  run,
  type Statement,
  transact,
} from "../src/index.js";
import { type TestDatabase, testDatabase } from "./database.js";

const insert: Statement = { name: "test.insert", text: "insert into thing (key, n) values ($1, $2)" };
const count: Statement = { name: "test.count", text: "select count(*) as n from thing" };
const pid: Statement = { name: "test.pid", text: "select pg_backend_pid() as pid" };
const locks: Statement = { name: "test.lock", text: "select n from thing where key = $1 for update" };

async function failure(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}

describe("a transaction of two flights", () => {
  let database: TestDatabase;
  const counted = async () => (await run<{ n: bigint }>(database.store, count))[0]?.n;

  before(async () => {
    database = await testDatabase("bare");
    await database.store.knex.raw("create table thing (key text primary key, n int8 not null check (n >= 0))");
    await database.store.knex.raw(
      "create table deferred (key text primary key, thing text references thing deferrable initially deferred)",
    );
  });
  after(() => database.drop());
  beforeEach(() => database.store.knex.raw("truncate thing, deferred"));

  it("commits what was sent, with COMMIT in the same flight", async () => {
    await transact(database.store, async (tx) => {
      await Promise.all([tx.send(insert, ["a", 1n]), tx.send(insert, ["b", 2n]), tx.commit()]);
    });
    expect(await counted()).to.equal(2n);
  });

  it("commits by itself when the callback did not", async () => {
    const rows = await transact(database.store, async (tx) => {
      void tx.send(insert, ["a", 1n]);
      return await tx.sendArrays<readonly [bigint]>(count);
    });
    expect(rows).to.deep.equal([[1n]]);
    expect(await counted()).to.equal(1n);
  });

  it("does the same without prepared statements, as behind a pooler", async () => {
    const store = openStore({ url: database.url, applicationName: "test", preparedStatements: false });
    const settings = await transact(store, async (tx) => {
      void tx.send(insert, ["a", 1n]);
      return await tx.sendArrays<readonly [string]>({ name: "test.scan", text: "show enable_seqscan" });
    });
    const names = await run(store, { name: "test.names", text: "select name from pg_prepared_statements" });
    await store.close();
    expect(settings).to.deep.equal([["off"]]);
    expect(names).to.deep.equal([]);
    expect(await counted()).to.equal(1n);
  });

  it("rejects with the first error of the flight and leaves nothing behind", async () => {
    const error = await failure(
      transact(database.store, async (tx) => {
        await Promise.all([
          tx.send(insert, ["a", 1n]),
          tx.send(insert, ["b", -1n]),
          tx.send(insert, ["a", 1n]),
          tx.commit(),
        ]);
      }),
    );
    expect(error).to.have.property("code", "23514");
    expect(await counted()).to.equal(0n);
  });

  it("rejects although nobody waited for the statement that failed", async () => {
    const error = await failure(
      transact(database.store, async (tx) => {
        void tx.send(insert, ["a", -1n]);
      }),
    );
    expect(error).to.have.property("code", "23514");
  });

  it("rejects when COMMIT itself fails", async () => {
    const late: Statement = { name: "test.deferred", text: "insert into deferred values ('x', 'nowhere')" };
    const error = await failure(
      transact(database.store, async (tx) => {
        await Promise.all([tx.send(insert, ["a", 1n]), tx.send(late), tx.commit()]);
      }),
    );
    expect(error).to.have.property("code", "23503");
    expect(await counted()).to.equal(0n);
  });

  it("sends nothing when a value cannot be written", async () => {
    const error = await failure(
      transact(database.store, async (tx) => {
        await Promise.all([tx.send(insert, ["a", 1n]), tx.send(insert, ["b", { no: "value" }]), tx.commit()]);
      }),
    );
    expect(error).to.be.instanceOf(TypeError);
    expect(await counted()).to.equal(0n);
  });

  it("goes on after a statement that failed, also where it failed to be prepared", async () => {
    const missing: Statement = { name: "test.missing", text: "select * from not_made_yet" };
    const store = openStore({ url: database.url, applicationName: "test", poolSize: 1 });
    const twice = () =>
      transact(store, async (tx) => {
        const [found] = await Promise.all([tx.send(missing), tx.send(insert, ["a", 1n]), tx.commit()]);
        return found;
      });
    expect(await failure(twice())).to.have.property("code", "42P01");
    expect(await failure(twice())).to.have.property("code", "42P01");
    await database.store.knex.raw("create table not_made_yet (n int8)");
    expect(await twice()).to.deep.equal([]);
    await database.store.knex.raw(
      "alter table not_made_yet add column m text; insert into not_made_yet values (1, 'a')",
    );
    await database.store.knex.raw("truncate thing, deferred");
    // Its answer has another shape than the one it was prepared with.
    expect(await failure(twice())).to.have.property("code", "0A000");
    expect(await twice()).to.deep.equal([{ n: 1n, m: "a" }]);
    await database.store.knex.raw("drop table not_made_yet");
    await store.close();
  });

  it("takes one flight after the other when the callback does not wait", async () => {
    const found = await transact(database.store, async (tx) => {
      const first = tx.send(insert, ["a", 1n]);
      await new Promise((resolve) => setImmediate(resolve));
      const second = tx.send(insert, ["b", 2n]);
      await new Promise((resolve) => setImmediate(resolve));
      const third = tx.send(count);
      await Promise.all([first, second]);
      return await third;
    });
    expect(found).to.deep.equal([{ n: 2n }]);
  });

  it("rolls back when the callback throws, and gives its error", async () => {
    const error = await failure(
      transact(database.store, async (tx) => {
        await tx.send(insert, ["a", 1n]);
        throw new Error("no");
      }),
    );
    expect(error.message).to.equal("no");
    expect(await counted()).to.equal(0n);
  });

  it("says that the outcome is unknown when the connection breaks while committing", async () => {
    const sleepy: Statement = { name: "test.sleep", text: "select pg_sleep(5)" };
    const error = await failure(
      transact(database.store, async (tx) => {
        const [backend] = await tx.send<{ pid: number }>(pid);
        const writes = Promise.all([tx.send(insert, ["a", 1n]), tx.send(sleepy), tx.commit()]);
        writes.catch(() => undefined);
        await database.store.knex.raw("select pg_sleep(0.05), pg_terminate_backend(?)", [backend?.pid ?? 0]);
        await writes;
      }),
    );
    expect(error).to.be.instanceOf(OutcomeUnknown);
    expect(isConnectionTrouble(error)).to.equal(true);
    expect(await counted()).to.equal(0n);
  });

  it("calls a connection lost before COMMIT trouble, and drops it from the pool", async () => {
    for (let round = 0; round < 3; round++) {
      const error = await failure(
        transact(database.store, async (tx) => {
          const [backend] = await tx.send<{ pid: number }>(pid);
          await database.store.knex.raw("select pg_terminate_backend(?)", [backend?.pid ?? 0]);
          await tx.send(insert, ["a", 1n]);
        }),
      );
      expect(isConnectionTrouble(error), String(error)).to.equal(true);
      expect(error).not.to.be.instanceOf(OutcomeUnknown);
    }
    expect(await counted()).to.equal(0n);
  });

  it("tells a deadlock from trouble", async () => {
    await database.store.knex.raw("insert into thing values ('a', 1), ('b', 1)");
    const crossing = (first: string, second: string) =>
      transact(database.store, async (tx) => {
        await tx.send(locks, [first]);
        await tx.send({ name: "test.nap", text: "select pg_sleep(0.1)" });
        await tx.send(locks, [second]);
      });
    const results = await Promise.allSettled([crossing("a", "b"), crossing("b", "a")]);
    const reasons = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
    expect(reasons).to.have.length(1);
    expect(isSerialization(reasons[0])).to.equal(true);
    expect(isConnectionTrouble(reasons[0])).to.equal(false);
  });
});
