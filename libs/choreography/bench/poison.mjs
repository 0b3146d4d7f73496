// Facts per second through the engine, clean, with one bad message in 500, and with one aggregate in twenty poisoned.
// By hand, on a quiet machine: DATABASE_URL=... NATS_URL=... node libs/choreography/bench/poison.mjs [facts]

import { connectBus } from "@pavane/bus";
import { encodeFact } from "@pavane/contracts";
import { migrate, newEventId, openStore } from "@pavane/store";
import { Queue } from "../dist/src/queue.js";
import { hear } from "../dist/src/hearing.js";
import { tracing } from "../dist/src/trace.js";
import { kitchen, schema } from "../dist/test/house.js";
import { catalogue } from "../dist/test/toy.js";

const count = Number(process.argv[2] ?? 50_000);
const name = `bench${process.pid}`;
const admin = openStore({ url: process.env.DATABASE_URL, applicationName: "bench", poolSize: 1 });
await admin.knex.raw(`create database ${name}`);
const url = new URL(process.env.DATABASE_URL);
url.pathname = `/${name}`;
const store = openStore({ url: url.href, applicationName: "bench" });
await migrate(store);
await store.knex.raw(schema);
const bus = await connectBus({ servers: process.env.NATS_URL, name: "bench", namespace: name });
const { startPartitions } = await import("@pavane/store");
const partitions = await startPartitions(store);

let failures = 0;
const host = { definition: kitchen, store, tracing: tracing("kitchen"), effectLease: 12, maxAttempts: 5 };
const queue = new Queue(host, {
  batchLimit: 500,
  committed: () => undefined,
  trouble: (error) => console.error(error),
});
queue.start();
const hearing = { definition: kitchen, rules: { violations: () => [] }, verdict: partitions.verdict };

async function handled(prefix, bad) {
  const messages = Array.from({ length: count }, (_, n) =>
    encodeFact(
      catalogue["tea.ordered"],
      { orderId: `${prefix}-${n % 2_000}`, cups: bad(n) ? "boom" : "1" },
      { id: newEventId(), time: new Date(), version: 1n },
    ),
  );
  const started = performance.now();
  await new Promise((resolve) => {
    let settled = 0;
    for (const [n, data] of messages.entries()) {
      const settle = ({ how }) => {
        if (how === "failed") failures++;
        if (++settled === count) resolve();
      };
      queue.push(hear(hearing, { type: "tea.ordered", subject: "s", data, fallbackId: `s/${n}`, attempts: 0, settle }));
    }
  });
  return (count * 1_000) / (performance.now() - started);
}

const show = (what, rate, clean) =>
  console.log(
    `${what.padEnd(48)} ${Math.round(rate).toString().padStart(8)}/s ${(rate / clean).toFixed(2).padStart(6)}`,
  );
await handled("warm", () => false);
const clean = await handled("clean", () => false);
show("clean", clean, clean);
show("one bad message in 500", await handled("bad", (n) => n % 500 === 7), clean);
show("one aggregate in twenty poisoned", await handled("poison", (n) => (n % 2_000) % 20 === 7), clean);
show("clean again", await handled("again", () => false), clean);
console.log(`${failures} messages kept as failed`);

await queue.stop(1_000);
await partitions.stop();
await bus.close();
await store.close();
await admin.knex.raw(`drop database ${name} with (force)`);
await admin.close();
