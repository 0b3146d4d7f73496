// Facts per second through the relay, beside bare multiplexed publishes of the same messages, and what an idle poll costs.
// By hand, on a quiet machine: DATABASE_URL=... NATS_URL=... node libs/bus/bench/relay.mjs [facts]

import { appendFacts, Finder, migrate, newEventId, openStore, startPartitions, transact } from "@pavane/store";
import { connectBus, ensureStream, startRelay, streamName } from "../dist/src/index.js";
import { Publisher } from "../dist/src/publish.js";

const count = Number(process.argv[2] ?? 100_000);
const size = 500;
const catalogue = { "thing.changed": { name: "thing.changed", owner: "maker" } };
const name = `bench${process.pid}`;

const admin = openStore({ url: process.env.DATABASE_URL, applicationName: "bench", poolSize: 1 });
await admin.knex.raw(`create database ${name}`);
const url = new URL(process.env.DATABASE_URL);
url.pathname = `/${name}`;
const store = openStore({ url: url.href, applicationName: "bench" });
await migrate(store);
const partitions = await startPartitions(store);
const bus = await connectBus({ servers: process.env.NATS_URL, name: "bench", namespace: name });
await ensureStream(bus, catalogue, "maker");

const message = Buffer.alloc(size, "x");
const rate = (what, millis, facts = count) =>
  console.log(`${what.padEnd(64)} ${String(Math.round((facts * 1000) / millis)).padStart(8)}/s`);

async function bare() {
  const publisher = new Publisher(bus.connection);
  const started = performance.now();
  let sent = 0;
  let acked = 0;
  await new Promise((resolve) => {
    const more = () => {
      while (sent < count && sent - acked < 2_000) {
        sent++;
        publisher.publish(`${name}.thing.changed`, newEventId(), message, (outcome) => {
          if (outcome.how !== "acknowledged") throw new Error(JSON.stringify(outcome));
          if (++acked === count) resolve();
          else more();
        });
      }
    };
    more();
  });
  publisher.close();
  rate("bare multiplexed publishes", performance.now() - started);
}

const versions = new Map();
async function append(facts, aggregates) {
  const appended = [];
  for (let start = 0; start < facts; start += 500) {
    const batch = Array.from({ length: Math.min(500, facts - start) }, (_, n) => {
      const aggregate = `thing/${(start + n) % aggregates}`;
      const version = (versions.get(aggregate) ?? 0n) + 1n;
      versions.set(aggregate, version);
      return { id: newEventId(), aggregate, version, type: "thing.changed", message };
    });
    appended.push(
      await transact(store, async (tx) => {
        const [rows] = await Promise.all([appendFacts(tx, batch), tx.commit()]);
        return rows;
      }),
    );
  }
  return appended;
}

async function until(relay, published, started, what, facts = count) {
  while (relay.stats().published < published) await new Promise((resolve) => setTimeout(resolve, 2));
  rate(what, performance.now() - started, facts);
}

async function cpu(what, work) {
  const before = process.cpuUsage();
  await work();
  const used = process.cpuUsage(before);
  console.log(
    `${`  node's CPU, ${what}`.padEnd(64)} ${((used.user + used.system) / count).toFixed(1).padStart(8)} us/fact`,
  );
}

await cpu("bare", bare);
await cpu("writing", async () => {
  const started = performance.now();
  await append(count, 20_000);
  rate("appending to the outbox, 500 a transaction", performance.now() - started);
});
let relay;
await cpu("backlog", async () => {
  const started = performance.now();
  relay = await startRelay({ store, bus, catalogue, service: "maker", onTrouble: console.error });
  await until(relay, count, started, "the relay from a backlog, read from the ledger");
});
await cpu("writing and fast path", async () => {
  const started = performance.now();
  for (let start = 0; start < count; start += 2_000) {
    for (const facts of await append(Math.min(2_000, count - start), 20_000)) relay.offer(facts);
    while (relay.stats().pending > 10_000) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await until(relay, 2 * count, started, "written and relayed at once by the fast path");
});
await relay.stop();
await cpu("bare", bare);

const finder = new Finder(store);
await finder.adopt(Array.from({ length: 16 }, (_, part) => part));
while ((await finder.poll()).more);
const polls = 500;
const before = process.cpuUsage();
const started = performance.now();
for (let n = 0; n < polls; n++) await finder.poll();
const used = process.cpuUsage(before);
console.log(
  `idle poll over ${2 * count} rows, 16 parts: ${((performance.now() - started) / polls).toFixed(2)} ms, ` +
    `${((used.user + used.system) / 1000 / polls).toFixed(2)} ms of it node's CPU`,
);

await partitions.stop();
await bus.manager.streams.delete(streamName(name, "maker"));
await bus.close();
await store.close();
await admin.knex.raw(`drop database ${name} with (force)`);
await admin.close();
