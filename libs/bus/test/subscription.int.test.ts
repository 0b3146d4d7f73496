// Subscriptions: everything wanted is heard until it is acknowledged, whatever breaks in between.

import { setTimeout as sleep } from "node:timers/promises";
import { eventually, namespace, natsUrl } from "@pavane/testkit";
import { expect } from "chai";
import {
  type Bus,
  connectBus,
  ensureStream,
  type Message,
  subscribe,
  type Subscription,
  type SubscriptionOptions,
  streamName,
  subjectName,
} from "../src/index.js";
import { catalogue } from "./maker.js";

describe("a subscription", () => {
  let bus: Bus;
  let heard: Message[];
  let troubles: string[];
  const open: Subscription[] = [];

  const listen = async (options: Partial<SubscriptionOptions> = {}) => {
    const subscription = await subscribe({
      bus,
      catalogue,
      hearer: "hearer",
      owner: "maker",
      types: ["thing.changed"],
      ackWaitMillis: 1_000,
      onMessage: (message) => heard.push(message),
      onTrouble: (what) => troubles.push(what),
      ...options,
    });
    open.push(subscription);
    return subscription;
  };
  const say = (text: string, type = "thing.changed") => bus.connection.publish(subjectName(bus.namespace, type), text);
  const texts = () => heard.map(({ data }) => Buffer.from(data).toString());
  const consumer = () => bus.manager.consumers.info(streamName(bus.namespace, "maker"), "hearer_hears_maker");
  const settled = () =>
    eventually(async () => {
      const info = await consumer();
      return info.num_pending === 0 && info.num_ack_pending === 0;
    });

  beforeEach(async () => {
    bus = await connectBus({ servers: natsUrl(), name: "test", namespace: namespace() });
    heard = [];
    troubles = [];
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((each) => each.stop()));
    await bus.manager.streams.delete(streamName(bus.namespace, "maker")).catch(() => undefined);
    await bus.close();
  });

  it("makes the stream when it comes before the owner, and hears what is wanted, in order", async () => {
    await listen();
    await ensureStream(bus, catalogue, "maker");
    say("1");
    say("x", "thing.ended");
    say("2");
    await eventually(() => heard.length === 2);
    expect(texts()).to.deep.equal(["1", "2"]);
    expect(heard[0]).to.include({
      type: "thing.changed",
      subject: `${bus.namespace}.thing.changed`,
      redelivered: false,
    });
    for (const message of heard) {
      message.ack();
    }
    await settled();
    await sleep(1_200);
    expect(heard).to.have.length(2);
  });

  it("takes all and acknowledges the rest unread on a server without filter lists", async () => {
    await listen({ bus: Object.create(bus, { filterLists: { value: false } }) as Bus });
    expect((await consumer()).config).not.to.have.property("filter_subjects");
    say("x", "thing.ended");
    say("1");
    await eventually(() => heard.length === 1);
    heard[0]?.ack();
    await settled();
    expect(texts()).to.deep.equal(["1"]);
  });

  it("hands a message over once while it is in hand, and acknowledges its last delivery", async () => {
    await listen();
    say("1");
    await eventually(async () => (await consumer()).num_redelivered > 0, { timeout: 5_000 });
    expect(heard).to.have.length(1);
    heard[0]?.ack();
    await settled();
  });

  it("lets another replica have what was given back or never acknowledged", async () => {
    const other: Message[] = [];
    const first = await listen();
    say("1");
    say("2");
    await eventually(() => heard.length === 2);
    heard[0]?.giveBack();
    await first.stop();
    await listen({ onMessage: (message) => other.push(message) });
    await eventually(() => other.length === 2, { timeout: 5_000 });
    for (const message of other) {
      message.ack();
    }
    await settled();
  });

  it("lives on when the hearer throws, and gets the message again", async () => {
    let calls = 0;
    await listen({
      onMessage: (message) => {
        if (++calls === 1) {
          throw new Error("no");
        }
        message.ack();
      },
    });
    say("1");
    say("2");
    await eventually(() => calls === 3);
    await settled();
    expect(troubles).to.have.length(1);
  });

  it("holds messages back while paused", async () => {
    const subscription = await listen();
    subscription.pause();
    say("1");
    say("2");
    await eventually(async () => (await consumer()).num_ack_pending === 2);
    expect(heard).to.have.length(0);
    subscription.resume();
    expect(texts()).to.deep.equal(["1", "2"]);
  });

  it("is bounded by what may be unacknowledged", async () => {
    await listen({ maxAckPending: 10, ackWaitMillis: 30_000 });
    for (let n = 0; n < 50; n++) {
      say(String(n));
    }
    await eventually(() => heard.length === 10);
    await sleep(100);
    expect(heard).to.have.length(10);
    for (let n = 0; n < 50; n++) {
      await eventually(() => heard.length > n);
      heard[n]?.ack();
    }
    await settled();
    expect(texts()).to.deep.equal(Array.from({ length: 50 }, (_, n) => String(n)));
  });

  it("hears more when its list of facts has grown, without a second durable", async () => {
    await (await listen()).stop();
    await listen({ types: ["thing.changed", "thing.ended"] });
    say("1", "thing.ended");
    await eventually(() => heard.length === 1);
    const consumers = await bus.manager.consumers.list(streamName(bus.namespace, "maker")).next();
    expect(consumers).to.have.length(1);
  });

  it("goes on when its durable was deleted, and when the stream was", async () => {
    await listen();
    const stream = streamName(bus.namespace, "maker");
    await bus.manager.consumers.delete(stream, "hearer_hears_maker");
    await eventually(async () => (await consumer()).config.durable_name === "hearer_hears_maker", { timeout: 15_000 });
    say("1");
    await eventually(() => heard.length === 1);
    await bus.manager.streams.delete(stream);
    await eventually(async () => (await consumer()).config.durable_name === "hearer_hears_maker", { timeout: 15_000 });
    say("2");
    await eventually(() => heard.length === 2);
    expect(texts()).to.deep.equal(["1", "2"]);
  }).timeout(40_000);
});

describe("a stream", () => {
  let bus: Bus;
  beforeEach(async () => {
    bus = await connectBus({ servers: natsUrl(), name: "test", namespace: namespace() });
  });
  afterEach(async () => {
    await bus.manager.streams.delete(streamName(bus.namespace, "maker")).catch(() => undefined);
    await bus.close();
  });

  it("is made once by many, keeps everything to disk, and refuses rather than forgets", async () => {
    const made = await Promise.all(Array.from({ length: 5 }, () => ensureStream(bus, catalogue, "maker")));
    expect(new Set(made.map(({ created }) => created)).size).to.equal(1);
    const { config } = await bus.manager.streams.info(streamName(bus.namespace, "maker"));
    expect(config).to.include({ storage: "file", retention: "limits", discard: "new", max_age: 7 * 86_400 * 1e9 });
    expect(config.subjects).to.deep.equal(
      ["thing.changed", "thing.ended"].map((type) => subjectName(bus.namespace, type)),
    );
  });

  it("gets the subjects that are new, and keeps those that others know", async () => {
    await ensureStream(bus, { a: { name: "a.b", owner: "maker" } }, "maker");
    await ensureStream(bus, catalogue, "maker");
    const { config } = await bus.manager.streams.info(streamName(bus.namespace, "maker"));
    expect(config.subjects).to.include.members(
      ["a.b", "thing.changed"].map((type) => subjectName(bus.namespace, type)),
    );
  });
});

describe("connecting", () => {
  it("says what to do when no server answers", async () => {
    const error = await connectBus({ servers: "nats://127.0.0.1:9", name: "test" }).then(
      () => undefined,
      (thrown: Error) => thrown,
    );
    expect(error?.message).to.match(/no NATS server answers at nats:\/\/127\.0\.0\.1:9 .* start one/);
  });
});
