// The laws of the ledger: nothing committed is lost, and first occurrences are in version order.

import { setTimeout as sleep } from "node:timers/promises";
import { transact } from "@pavane/store";
import { database, eventually } from "@pavane/testkit";
import { expect } from "chai";
import { inversions, type World, world } from "./world.js";

describe("the relay", () => {
  let it_: World;

  beforeEach(async () => {
    it_ = await world();
  });
  afterEach(() => it_.close());

  const arrived = async (timeout = 10_000) =>
    await eventually(async () => (await it_.lost()).length === 0, { timeout, interval: 100 });

  it("publishes what is committed, with the event's id, and writes a receipt for each fact", async () => {
    const relay = await it_.relay();
    const facts = await it_.announce("thing/1", "thing/2");
    relay.wake();
    await arrived();
    expect((await it_.published()).map(({ id }) => id)).to.have.members(facts.map(({ id }) => id));
    await relay.stop();
    const receipts = await it_.store.knex("receipt").select("positions", "stream");
    expect(receipts.flatMap(({ positions }) => positions)).to.have.members(facts.map(({ position }) => position));
    const cursors = await it_.store.knex("relay_cursor").max("position as position").first();
    expect(cursors?.["position"]).to.equal(facts.at(-1)?.position);
  });

  it("goes on from its cursor after a restart and publishes nothing again", async () => {
    const first = await it_.relay();
    await it_.announce("thing/1");
    await arrived();
    await first.stop();
    const second = await it_.relay();
    await it_.announce("thing/1");
    second.wake();
    await arrived();
    await second.stop();
    expect(second.stats().published).to.equal(1);
  });

  it("takes facts by the fast path before it reads the ledger", async () => {
    const relay = await it_.relay({ pollMillis: 60_000 });
    await sleep(50);
    const started = performance.now();
    relay.offer(await it_.announce("thing/1"));
    relay.offer(await it_.announce("thing/1"));
    await eventually(() => relay.stats().published === 2, { interval: 2 });
    expect(performance.now() - started).to.be.lessThan(1_000);
    expect(inversions(await it_.published())).to.deep.equal([]);
  });

  it("does not let the fast path overtake what another replica committed", async () => {
    const relay = await it_.relay({ pollMillis: 60_000 });
    await sleep(50);
    await it_.announce("thing/1");
    relay.offer(await it_.announce("thing/1"));
    await arrived();
    expect((await it_.published()).map(({ version }) => version)).to.deep.equal([1, 2]);
  });

  it("wakes the replica whose part it is by a plain message", async () => {
    const holder = await it_.relay({ pollMillis: 60_000 });
    await sleep(50);
    const other = await it_.relay({ pollMillis: 60_000, leaseMillis: 60_000 });
    expect(other.stats().parts).to.equal(0);
    other.offer(await it_.announce("thing/1"));
    await eventually(() => holder.stats().published === 1, { timeout: 2_000 });
  });

  it("loses nothing and keeps the order under 24 writers with rollbacks and a transaction open elsewhere", async () => {
    const elsewhere = await database();
    const other = await world({ database: elsewhere });
    const open = await other.store.knex.transaction();
    await open.raw("select pg_current_xact_id()");
    const relay = await it_.relay({ pollMillis: 3 });
    let committed = 0;
    const writer = async (n: number) => {
      for (let turn = 0; turn < 60; turn++) {
        const keys = [`thing/${(n + turn) % 9}`, `own/${n}`].sort();
        await transact(it_.store, async (tx) => {
          // Some take their xid long before their position: the finder sees them late.
          await tx.send({ name: "test.xid", text: "select pg_current_xact_id()" });
          await sleep(Math.random() * 8);
          for (const key of keys) {
            await it_.change(tx, key);
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
    const published = await it_.published();
    expect(new Set(published.map(({ id }) => id)).size).to.equal(committed);
    expect(inversions(published)).to.deep.equal([]);
    expect(it_.troubles).to.deep.equal([]);
    await open.rollback();
    await relay.stop();
    await other.close();
  }).timeout(60_000);

  it("keeps the order with three replicas that offer, take over and leave while all write", async () => {
    const relays = [await it_.relay({ leaseMillis: 500 })];
    let writing = true;
    const writer = async (n: number) => {
      while (writing) {
        const facts = await it_.announce(`thing/${n % 5}`, `own/${n}`);
        relays[n % relays.length]?.offer(facts);
        await sleep(1);
      }
    };
    const writers = Array.from({ length: 9 }, (_, n) => writer(n));
    await sleep(300);
    relays.push(await it_.relay({ leaseMillis: 500 }));
    relays.push(await it_.relay({ leaseMillis: 500 }));
    await sleep(1_500);
    await relays[0]?.stop();
    await sleep(800);
    writing = false;
    await Promise.all(writers);
    await arrived();
    expect(inversions(await it_.published())).to.deep.equal([]);
    expect(it_.troubles).to.deep.equal([]);
  }).timeout(60_000);

  it("puts a fact that is too large aside with the later ones of its aggregate, and nothing else", async () => {
    const relay = await it_.relay();
    await it_.announce("big/1", "small/1");
    await arrived();
    await transact(it_.store, (tx) => it_.change(tx, "big/1", 2_000_000));
    const behind = await it_.announce("big/1", "small/1");
    relay.offer(behind);
    await eventually(async () => (await it_.store.knex("outbox_stuck").select("position")).length === 2);
    await it_.announce("big/1", "small/1");
    await eventually(async () => (await it_.store.knex("outbox_stuck").select("position")).length === 3);
    const stuck = await it_.store.knex("outbox_stuck").orderBy("position").select("aggregate", "version", "reason");
    expect(stuck.map(({ aggregate, version }) => `${aggregate}@${version}`)).to.deep.equal([
      "big/1@2",
      "big/1@3",
      "big/1@4",
    ]);
    expect(stuck[0].reason).to.match(/too large/);
    await eventually(
      async () => (await it_.published()).filter(({ aggregate }) => aggregate === "small/1").length === 3,
    );
    expect((await it_.published()).filter(({ aggregate }) => aggregate === "big/1")).to.have.length(1);
    expect(it_.troubles.join()).to.match(/waits for an operator/);
    await relay.stop();
    const successor = await it_.relay();
    await it_.announce("big/1");
    await eventually(async () => (await it_.store.knex("outbox_stuck").select("position")).length === 4);
    await successor.stop();
  }).timeout(20_000);

  it("puts a fact aside that no stream takes", async () => {
    await it_.relay({ catalogue: { "thing.ended": { name: "thing.ended", owner: "maker" } } });
    await it_.announce("thing/1");
    await eventually(async () => (await it_.store.knex("outbox_stuck").select("reason")).length === 1);
    const { reason } = (await it_.store.knex("outbox_stuck").first("reason")) as { reason: string };
    expect(reason).to.match(/no stream takes thing\.changed/);
  }).timeout(20_000);
});
