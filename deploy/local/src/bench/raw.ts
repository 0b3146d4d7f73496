// The raw limit: the same rows inserted and the same messages published and consumed, with nothing around them.
import { randomBytes, randomUUID } from "node:crypto";
import { type Bus, connectBus, ensureStream, Publisher, streamName, subjectName, subscribe } from "@pavane/bus";
import { catalogue } from "@pavane/contracts";
import type { StackState } from "../state.js";
import { Trouble } from "../trouble.js";
import type { Volume } from "./books.js";
import { openCopies } from "./copies.js";
import { hearers } from "./traffic.js";

/** What the same work costs bare. */
export interface Raw {
  /** So many purchases' worth was done. */
  readonly purchases: number;
  readonly messages: number;
  readonly deliveries: number;
  readonly rows: number;
  readonly publishSeconds: number;
  readonly consumeSeconds: number;
  readonly insertSeconds: number;
  /** The three added up, for one purchase. */
  readonly secondsPerPurchase: number;
}

interface Fact {
  readonly type: string;
  readonly message: Buffer;
}

const inFlight = 2_000;

/**
 * Does again what a run added, at most `most` purchases' worth of it, each kind of work by itself: multi-row inserts into
 * tables like those it filled, all databases at once; bare publishes to streams like its own; their consumption by the same
 * durables, acknowledged. Leaves nothing behind.
 */
export async function measureRaw(state: StackState, run: Volume, purchases: number, most: number): Promise<Raw> {
  const share = Math.min(1, most / purchases);
  const copies = await openCopies(state, run, share);
  try {
    const facts = await copies.facts();
    const insertSeconds = await copies.insert();
    const broker = await overBroker(state, facts);
    const done = Math.round(purchases * share);
    const seconds = insertSeconds + broker.publishSeconds + broker.consumeSeconds;
    return { purchases: done, rows: copies.rows, ...broker, insertSeconds, secondsPerPurchase: seconds / done };
  } finally {
    await copies.close();
  }
}

type Broker = Pick<Raw, "messages" | "deliveries" | "publishSeconds" | "consumeSeconds">;

async function overBroker(state: StackState, facts: ReadonlyMap<string, readonly Fact[]>): Promise<Broker> {
  const namespace = `raw${randomBytes(4).toString("hex")}`;
  const owners = [...facts.keys()];
  const [real, bus] = await Promise.all([
    connectBus({ servers: state.nats, name: "bench", namespace: state.namespace }),
    connectBus({ servers: state.nats, name: "bench-raw", namespace }),
  ]);
  try {
    const wanted = await hearers(real, owners);
    for (const owner of owners) await ensureStream(bus, catalogue, owner);
    const all = [...facts.values()].flat();
    const publishSeconds = await timed(() => publish(bus, all));
    const heard = wanted.map((one) => ({ ...one, count: count(facts.get(one.owner) ?? [], one.types) }));
    const consumeSeconds = await timed(() =>
      consume(
        bus,
        heard.filter((one) => one.count > 0),
      ),
    );
    const deliveries = heard.reduce((sum, one) => sum + one.count, 0);
    return { messages: all.length, deliveries, publishSeconds, consumeSeconds };
  } finally {
    for (const owner of owners) await bus.manager.streams.delete(streamName(namespace, owner)).catch(() => undefined);
    await Promise.all([real.close(), bus.close()]);
  }
}

function count(facts: readonly Fact[], types: readonly string[]): number {
  const heard = new Set(types);
  return facts.filter(({ type }) => heard.has(type)).length;
}

async function timed(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

/** With the relay's own publisher, so the headers and the multiplexed acks are the same. */
async function publish(bus: Bus, facts: readonly Fact[]): Promise<void> {
  const publisher = new Publisher(bus.connection);
  try {
    await new Promise<void>((done, failed) => {
      let sent = 0;
      let acked = 0;
      const more = (): void => {
        for (; sent < facts.length && sent - acked < inFlight; sent++) {
          const { type, message } = facts[sent] as Fact;
          publisher.publish(subjectName(bus.namespace, type), randomUUID(), message, (outcome) => {
            if (outcome.how !== "acknowledged") failed(new Trouble(`A bare publish was not taken: ${outcome.how}.`));
            else if (++acked === facts.length) done();
            else if (sent - acked < inFlight / 2) more();
          });
        }
      };
      if (facts.length === 0) done();
      more();
    });
  } finally {
    publisher.close();
  }
}

interface Share {
  readonly hearer: string;
  readonly owner: string;
  readonly types: readonly string[];
  readonly count: number;
}

/** Each durable takes what it has to take and acknowledges it; all at once. */
async function consume(bus: Bus, shares: readonly Share[]): Promise<void> {
  await Promise.all(
    shares.map(async ({ hearer, owner, types, count: expected }) => {
      let left = expected;
      let finish = (): void => undefined;
      const finished = new Promise<void>((done) => {
        finish = done;
      });
      const onMessage = (message: { ack(): void }): void => {
        message.ack();
        if (--left === 0) finish();
      };
      const subscription = await subscribe({ bus, catalogue, hearer, owner, types, onMessage });
      await finished;
      await subscription.stop();
    }),
  );
  await bus.connection.flush();
}
