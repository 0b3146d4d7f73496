// Crashes: of replicas, of the broker, of the database. Nothing is lost, and first occurrences stay in order.

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startNats, startPostgres } from "@pavane/local";
import { database, eventually, natsUrl } from "@pavane/testkit";
import { expect } from "chai";
import { type Published, inversions, type World, world } from "./world.js";

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
    const dir = await mkdtemp(join(tmpdir(), "nats-"));
    let nats = await startNats({ dir });
    here = await world({ servers: nats.url });
    try {
      const relay = await here.relay();
      let writing = true;
      const writer = (async () => {
        for (let turn = 0; writing; turn++) {
          relay.offer(await here.announce(`thing/${turn % 5}`, `more/${turn % 3}`));
          await sleep(2);
        }
      })();
      for (const end of ["stop", "kill"] as const) {
        await sleep(500);
        await nats[end]();
        await sleep(800);
        nats = await startNats({ dir, port: nats.port });
      }
      await sleep(500);
      writing = false;
      await writer;
      await arrived();
      expect(inversions(await here.published())).to.deep.equal([]);
    } finally {
      await here.bus.close();
      await nats.stop();
      await rm(dir, { recursive: true, force: true });
    }
  }).timeout(60_000);

  it("of a broker that lost everything, publishing goes on in a new stream", async () => {
    const dirs = [await mkdtemp(join(tmpdir(), "nats-")), await mkdtemp(join(tmpdir(), "nats-"))] as const;
    let nats = await startNats({ dir: dirs[0] });
    here = await world({ servers: nats.url });
    try {
      const relay = await here.relay();
      relay.offer(await here.announce("thing/1"));
      await arrived();
      await nats.kill();
      nats = await startNats({ dir: dirs[1], port: nats.port });
      const [next] = await here.announce("thing/1");
      let published: Published[] = [];
      await eventually(
        async () => {
          published = await here.published();
          return published.length === 1;
        },
        { timeout: 20_000 },
      );
      expect(published.map(({ id }) => id)).to.deep.equal([next?.id]);
      await relay.stop();
      const streams = await here.store.knex("receipt").distinct("stream_created");
      expect(streams, "receipts tell the two streams apart").to.have.length(2);
    } finally {
      await here.bus.close();
      await nats.stop();
      await Promise.all(dirs.map((dir) => rm(dir, { recursive: true, force: true })));
    }
  }).timeout(60_000);

  it("of the database, everything committed is published, in order", async () => {
    const dir = await mkdtemp(join(tmpdir(), "pg-"));
    let postgres = await startPostgres({ dir: join(dir, "data") });
    here = await world({
      database: { url: postgres.url, name: "postgres", copy: database, drop: async () => undefined },
    });
    try {
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
      for (const end of ["kill", "stop"] as const) {
        await sleep(600);
        await postgres[end]();
        await sleep(300);
        postgres = await startPostgres({ dir: join(dir, "data"), port: postgres.port });
      }
      await sleep(1_000);
      writing = false;
      await writer;
      await arrived();
      expect(inversions(await here.published())).to.deep.equal([]);
      expect(here.troubles.length).to.be.greaterThan(0);
    } finally {
      await here.close();
      await postgres.stop();
      await rm(dir, { recursive: true, force: true });
    }
  }).timeout(90_000);
});
