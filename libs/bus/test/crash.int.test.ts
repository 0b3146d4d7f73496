// Crashes: of replicas, of the broker, of the database. Nothing is lost, and first occurrences stay in order.

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { openStore } from "@pavane/store";
import { database, eventually, natsUrl } from "@pavane/testkit";
import { expect } from "chai";
import { connectBus, streamName } from "../src/index.js";
import { severable } from "./line.js";
import { inversions, type Published, type World, world } from "./world.js";

const program = fileURLToPath(new URL("./replica.js", import.meta.url));

describe("after a crash", () => {
  let here: World;
  const children: ChildProcess[] = [];

  const replica = async (aggregates = 0, leaseMillis = 500): Promise<ChildProcess> => {
    const child = fork(program, [here.url, natsUrl(), here.namespace, String(leaseMillis), String(aggregates)]);
    children.push(child);
    await once(child, "message");
    return child;
  };
  const arrived = (timeout = 20_000) =>
    eventually(async () => (await here.lost()).length === 0, { timeout, interval: 200 });
  const holders = async () =>
    (await here.store.knex("lease").whereNotNull("owner").distinct("owner")).map(({ owner }) => owner as string);

  afterEach(async () => {
    for (const child of children.splice(0)) {
      child.kill("SIGKILL");
    }
    await here.close();
  });

  it("of replicas killed between commit and publish, another publishes everything in order", async () => {
    here = await world();
    for (let round = 0; round < 3; round++) {
      const victim = await replica(4);
      await sleep(700);
      victim.kill("SIGKILL");
      await once(victim, "exit");
    }
    await replica(0);
    await arrived();
    const published = await here.published();
    expect(published.length).to.be.greaterThan(100);
    expect(inversions(published)).to.deep.equal([]);
  }).timeout(60_000);

  it("of a replica that sleeps past its lease and wakes, first occurrences stay in order", async () => {
    here = await world();
    const zombie = await replica(4);
    const heir = await replica(4);
    for (let round = 0; round < 3; round++) {
      await sleep(600);
      zombie.kill("SIGSTOP");
      await eventually(async () => (await holders()).length === 1, { timeout: 5_000 });
      await sleep(300);
      zombie.kill("SIGCONT");
      await eventually(async () => (await holders()).length === 2, { timeout: 5_000 });
    }
    zombie.kill("SIGKILL");
    heir.kill("SIGKILL");
    await replica(0);
    await arrived();
    expect(inversions(await here.published())).to.deep.equal([]);
  }).timeout(60_000);

  it("of the broker, everything is published when it is back, in order", async () => {
    const line = await severable(natsUrl());
    here = await world({ servers: line.url });
    const relay = await here.relay();
    let writing = true;
    const writer = (async () => {
      for (let turn = 0; writing; turn++) {
        relay.offer(await here.announce(`thing/${turn % 5}`, `more/${turn % 3}`));
        await sleep(2);
      }
    })();
    for (let round = 0; round < 3; round++) {
      await sleep(400);
      line.cut();
      await sleep(600);
      line.mend();
    }
    await sleep(500);
    writing = false;
    await writer;
    await arrived();
    expect(inversions(await here.published())).to.deep.equal([]);
    await line.close();
  }).timeout(60_000);

  it("of a broker that lost everything, publishing goes on in a new stream", async () => {
    const line = await severable(natsUrl());
    here = await world({ servers: line.url });
    const relay = await here.relay();
    relay.offer(await here.announce("thing/1"));
    await arrived();
    line.cut();
    const operator = await connectBus({ servers: natsUrl(), name: "operator" });
    await operator.manager.streams.delete(streamName(here.namespace, "maker"));
    await operator.close();
    line.mend();
    const [next] = await here.announce("thing/1");
    let published: Published[] = [];
    await eventually(async () => {
      published = await here.published();
      return published.length === 1;
    });
    expect(published.map(({ id }) => id)).to.deep.equal([next?.id]);
    await relay.stop();
    const streams = await here.store.knex("receipt").distinct("stream_created");
    expect(streams, "receipts tell the two streams apart").to.have.length(2);
    await line.close();
  }).timeout(30_000);

  it("of the way to the database, everything committed is published, in order", async () => {
    const made = await database();
    const line = await severable(made.url);
    here = await world({ database: { ...made, url: line.url } });
    const relay = await here.relay({ leaseMillis: 1_000 });
    let writing = true;
    const writer = (async () => {
      for (let turn = 0; writing; turn++) {
        await here.announce(`thing/${turn % 5}`).then(
          (facts) => relay.offer(facts),
          () => sleep(50),
        );
        await sleep(2);
      }
    })();
    for (const millis of [200, 2_000, 200]) {
      await sleep(500);
      line.cut();
      await sleep(millis);
      line.mend();
    }
    await sleep(500);
    writing = false;
    await writer;
    await arrived();
    expect(inversions(await here.published())).to.deep.equal([]);
    expect(here.troubles.join()).to.match(/the ledger could not be read/);
    await line.close();
  }).timeout(60_000);

  it("of the way to the database, while its leases run out, it takes them up again", async () => {
    const made = await database();
    const line = await severable(made.url);
    here = await world({ database: { ...made, url: line.url } });
    const relay = await here.relay({ leaseMillis: 1_000 });
    relay.offer(await here.announce("thing/1"));
    await arrived();
    const direct = openStore({ url: made.url, applicationName: "locks" });
    const [beating, reading] = [await direct.knex.transaction(), await direct.knex.transaction()];
    await beating.raw("lock table heartbeat");
    await reading.raw("lock table outbox_stuck");
    line.cut();
    await eventually(() => expect(here.troubles.join()).to.match(/the ledger could not be read/));
    line.mend();
    const waiting = (table: string) =>
      eventually(async () => {
        const sql = "select from pg_locks where relation = ?::regclass and not granted";
        expect((await direct.knex.raw(sql, [table])).rowCount).to.be.above(0);
      });
    await waiting("outbox_stuck");
    await waiting("heartbeat");
    // The heartbeat is answered when the lease has run out, and the reading later still.
    await sleep(1_100);
    await beating.commit();
    await eventually(() => expect(relay.stats().parts).to.equal(0));
    // The heartbeats that waited behind it are answered too.
    await sleep(100);
    await reading.commit();
    await eventually(() => expect(relay.stats().parts).to.equal(16));
    // Found by the first reading, and by later ones.
    for (let round = 0; round < 2; round++) {
      await here.announce("thing/1");
      await arrived();
    }
    await direct.close();
    await line.close();
  }).timeout(60_000);
});
