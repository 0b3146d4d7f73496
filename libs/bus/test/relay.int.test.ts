// The laws of the ledger: nothing committed is lost, and first occurrences are in version order.

import { setTimeout as sleep } from "node:timers/promises";
import { openStore, transact } from "@pavane/store";
import { database, eventually } from "@pavane/testkit";
import { expect } from "chai";
import { inversions, type World, world } from "./world.js";

describe("the relay", () => {
  let here: World;
  const closing: (() => Promise<void>)[] = [];

  beforeEach(async () => {
    here = await world();
  });
  afterEach(async () => {
    await Promise.all([here.close(), ...closing.splice(0).map((close) => close())]);
  });

  /** A transaction with an xid that stays open in another database of the same server. */
  const openElsewhere = async () => {
    const made = await database();
    const store = openStore({ url: made.url, applicationName: "test" });
    closing.push(async () => {
      await store.close();
      await made.drop();
    });
    const open = await store.knex.transaction();
    closing.unshift(async () => {
      await open.rollback();
    });
    await open.raw("select pg_current_xact_id()");
    return { stillOpen: async () => (await open.raw("select 1 as one")).rowCount === 1 };
  };
  const arrived = async (timeout = 10_000) =>
    await eventually(async () => (await here.lost()).length === 0, { timeout, interval: 100 });

  it("publishes what is committed, with the event's id, and writes a receipt for each fact", async () => {
    const relay = await here.relay();
    const facts = await here.announce("thing/1", "thing/2");
    relay.wake();
    await arrived();
    expect((await here.published()).map(({ id }) => id)).to.have.members(facts.map(({ id }) => id));
    await relay.stop();
    const receipts = await here.store.knex("receipt").select("positions", "stream");
    expect(receipts.flatMap(({ positions }) => positions)).to.have.members(facts.map(({ position }) => position));
    const cursors = await here.store.knex("relay_cursor").max("position as position").first();
    expect(cursors?.["position"]).to.equal(facts.at(-1)?.position);
  });

  it("goes on from its cursor after a restart and publishes nothing again", async () => {
    const first = await here.relay();
    await here.announce("thing/1");
    await arrived();
    await first.stop();
    const second = await here.relay();
    await here.announce("thing/1");
    second.wake();
    await arrived();
    await second.stop();
    expect(second.stats().published).to.equal(1);
  });

  it("takes facts by the fast path before it reads the ledger", async () => {
    const relay = await here.relay({ pollMillis: 60_000 });
    await sleep(50);
    const started = performance.now();
    relay.offer(await here.announce("thing/1"));
    relay.offer(await here.announce("thing/1"));
    await eventually(() => relay.stats().published === 2, { interval: 2 });
    expect(performance.now() - started).to.be.lessThan(1_000);
    expect(inversions(await here.published())).to.deep.equal([]);
  });

  it("does not let the fast path overtake what another replica committed", async () => {
    const relay = await here.relay({ pollMillis: 60_000 });
    await sleep(50);
    await here.announce("thing/1");
    relay.offer(await here.announce("thing/1"));
    await arrived();
    expect((await here.published()).map(({ version }) => version)).to.deep.equal([1, 2]);
  });

  it("wakes the replica whose part it is by a plain message", async () => {
    const holder = await here.relay({ pollMillis: 60_000 });
    await sleep(50);
    const other = await here.relay({ pollMillis: 60_000, leaseMillis: 60_000 });
    expect(other.stats().parts).to.equal(0);
    other.offer(await here.announce("thing/1"));
    await eventually(() => holder.stats().published === 1, { timeout: 2_000 });
  });

  it("hands its parts back when it stops, long before the lease would end", async () => {
    const first = await here.relay({ leaseMillis: 4_000 });
    const second = await here.relay({ leaseMillis: 4_000 });
    await here.announce("thing/1");
    await arrived();
    await first.stop();
    await eventually(() => second.stats().parts === 16, { timeout: 2_000 });
    second.offer(await here.announce("thing/1"));
    await arrived();
    expect(inversions(await here.published())).to.deep.equal([]);
  });

  it("goes on with an aggregate when an operator has dealt with its stuck facts", async () => {
    const first = await here.relay();
    await transact(here.store, (tx) => here.change(tx, "big/1", 2_000_000));
    await eventually(async () => (await here.store.knex("outbox_stuck").select("position")).length === 1);
    await first.stop();
    await here.store.knex("outbox_stuck").delete();
    await here.relay();
    const next = await here.announce("big/1");
    await eventually(async () => (await here.published()).some(({ id }) => id === next[0]?.id));
  });

  it("loses nothing and keeps the order under 24 writers with rollbacks and a transaction open elsewhere", async () => {
    const elsewhere = await openElsewhere();
    const relay = await here.relay({ pollMillis: 3 });
    let committed = 0;
    const writer = async (n: number) => {
      for (let turn = 0; turn < 60; turn++) {
        const keys = [`thing/${(n + turn) % 9}`, `own/${n}`].sort();
        await transact(here.store, async (tx) => {
          // Some take their xid long before their position: the finder sees them late.
          await tx.send({ name: "test.xid", text: "select pg_current_xact_id()" });
          await sleep(Math.random() * 8);
          for (const key of keys) {
            await here.change(tx, key);
          }
          await sleep(Math.random() * 8);
          if (Math.random() < 0.1) {
            throw new Error("rolled back");
          }
          committed += keys.length;
        }).catch(() => undefined);
      }
    };
    await Promise.all(Array.from({ length: 24 }, (_, n) => writer(n)));
    await arrived();
    const published = await here.published();
    expect(new Set(published.map(({ id }) => id)).size).to.equal(committed);
    expect(inversions(published)).to.deep.equal([]);
    expect(here.troubles).to.deep.equal([]);
    await relay.stop();
    expect(await elsewhere.stillOpen()).to.equal(true);
  }).timeout(60_000);

  it("keeps the order with three replicas that offer, take over and leave while all write", async () => {
    const relays = [await here.relay({ leaseMillis: 500 })];
    let writing = true;
    const writer = async (n: number) => {
      while (writing) {
        const facts = await here.announce(`thing/${n % 5}`, `own/${n}`);
        relays[n % relays.length]?.offer(facts);
        await sleep(1);
      }
    };
    const writers = Array.from({ length: 9 }, (_, n) => writer(n));
    await sleep(300);
    relays.push(await here.relay({ leaseMillis: 500 }));
    relays.push(await here.relay({ leaseMillis: 500 }));
    await sleep(1_500);
    await relays[0]?.stop();
    await sleep(800);
    writing = false;
    await Promise.all(writers);
    await arrived();
    expect(inversions(await here.published())).to.deep.equal([]);
    expect(here.troubles).to.deep.equal([]);
  }).timeout(60_000);

  it("puts a fact that is too large aside with the later ones of its aggregate, and nothing else", async () => {
    const relay = await here.relay();
    await here.announce("big/1", "small/1");
    await arrived();
    await transact(here.store, (tx) => here.change(tx, "big/1", 2_000_000));
    const behind = await here.announce("big/1", "small/1");
    relay.offer(behind);
    await eventually(async () => (await here.store.knex("outbox_stuck").select("position")).length === 2);
    await here.announce("big/1", "small/1");
    await eventually(async () => (await here.store.knex("outbox_stuck").select("position")).length === 3);
    const stuck = await here.store.knex("outbox_stuck").orderBy("position").select("aggregate", "version", "reason");
    expect(stuck.map(({ aggregate, version }) => `${aggregate}@${version}`)).to.deep.equal([
      "big/1@2",
      "big/1@3",
      "big/1@4",
    ]);
    expect(stuck[0].reason).to.match(/too large/);
    await eventually(
      async () => (await here.published()).filter(({ aggregate }) => aggregate === "small/1").length === 3,
    );
    expect((await here.published()).filter(({ aggregate }) => aggregate === "big/1")).to.have.length(1);
    expect(here.troubles.join()).to.match(/waits for an operator/);
    await relay.stop();
    const successor = await here.relay();
    await here.announce("big/1");
    await eventually(async () => (await here.store.knex("outbox_stuck").select("position")).length === 4);
    await successor.stop();
  }).timeout(20_000);

  it("puts a fact aside that no stream takes", async () => {
    await here.relay({ catalogue: { "thing.ended": { name: "thing.ended", owner: "maker" } } });
    await here.announce("thing/1");
    await eventually(async () => (await here.store.knex("outbox_stuck").select("reason")).length === 1);
    const rows = await here.store.knex("outbox_stuck").select("reason");
    expect(rows[0].reason).to.match(/no stream takes thing\.changed/);
  }).timeout(20_000);
});
