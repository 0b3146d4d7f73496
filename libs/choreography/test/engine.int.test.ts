import { type Bus, connectBus, subscribe } from "@pavane/bus";
import { decodeFact, encodeFact } from "@pavane/contracts";
import { appendFacts, migrate, newEventId, openStore, startPartitions, type Store, transact } from "@pavane/store";
import { type Database, database, eventually, namespace, natsUrl } from "@pavane/testkit";
import { expect } from "chai";
import type { Adapter, Engine } from "../src/index.js";
import { forever, kitchen, publish, runEngine, schema, sum, type Tuning, waiter } from "./house.js";
import { catalogue } from "./toy.js";

const guest = { actor: "guest" };

describe("the engine", function () {
  this.timeout(60_000);
  let base: Database;
  const opened: (() => Promise<unknown>)[] = [];

  before(async () => {
    base = await database(async (url) => {
      const store = openStore({ url, applicationName: "test" });
      await migrate(store);
      await store.knex.raw(schema);
      await store.close();
    });
  });
  after(() => base.drop());
  afterEach(async () => {
    for (const close of opened.splice(0).reverse()) await close();
  });

  async function house(): Promise<{ store: Store; bus: Bus; run: typeof run; url: string }> {
    const copy = await base.copy();
    opened.push(() => copy.drop());
    const store = openStore({ url: copy.url, applicationName: "test" });
    opened.push(() => store.close());
    const bus = await connectBus({ servers: natsUrl(), name: "test", namespace: namespace() });
    opened.push(() => bus.close());
    const run = async (definition = kitchen, tuning: Tuning = {}): Promise<Engine> => {
      const engine = await runEngine(store, bus, definition, tuning);
      opened.push(() => engine.stop(5_000));
      return engine;
    };
    return { store, bus, run, url: copy.url };
  }

  it("commits state, announced facts and the audit log in one transaction, and gets the facts to who hears them", async () => {
    const { store, bus, run } = await house();
    await run();
    const heard: string[] = [];
    const subscription = await subscribe({
      bus,
      catalogue,
      hearer: "test",
      owner: "kitchen",
      types: ["tea.served"],
      onMessage: (message) => {
        const { envelope, data } = decodeFact(catalogue["tea.served"], message.data);
        heard.push(`${envelope.aggregate}/${envelope.subject}@${envelope.version} ${data.cups}`);
        message.ack();
      },
    });
    opened.push(() => subscription.stop());
    publish(bus, "a", "2");
    publish(bus, "a", "3");
    await eventually(() => expect(heard).to.deep.equal(["pot/a@1 2", "pot/a@2 5"]));
    const log = await store.knex("transaction_log").orderBy("id").select();
    expect(log.map(({ cause, order_id, aggregates, facts }) => ({ cause, order_id, aggregates, facts }))).to.deep.equal(
      Array(2)
        .fill(0)
        .map((_, index) => ({
          cause: "tea.ordered",
          order_id: log[index].order_id,
          aggregates: ["pot/a", `sip/a-${[2, 5][index]}`],
          facts: ["tea.served"],
        })),
    );
    expect(log[1].changes[0]).to.deep.equal({ table: "pot", key: "a", before: { cups: "2" }, after: { cups: "5" } });
  });

  it("takes a fact once for a reaction that is not guarded by its state, whatever is delivered again", async () => {
    const { store, bus, run } = await house();
    await run(waiter);
    const id = newEventId();
    const bytes = encodeFact(
      catalogue["tea.served"],
      { orderId: "a", cups: "1" },
      { id, time: new Date(), version: 1n },
    );
    for (let copy = 0; copy < 20; copy++) bus.connection.publish(`${bus.namespace}.tea.served`, bytes);
    await eventually(async () => expect(await sum(store, "heard", "count")).to.equal(1));
    const last = encodeFact(
      catalogue["tea.served"],
      { orderId: "b", cups: "1" },
      { id: newEventId(), time: new Date(), version: 1n },
    );
    bus.connection.publish(`${bus.namespace}.tea.served`, last);
    await eventually(async () => expect(await sum(store, "heard", "count")).to.equal(2));
  });

  it("takes what announces nothing in few transactions, though it comes one by one", async () => {
    const { store, bus, run } = await house();
    const engine = await run(waiter);
    const begun = performance.now();
    for (let served = 0; served < 40; served++) {
      const stamp = { id: newEventId(), time: new Date(), version: 1n };
      const fact = encodeFact(catalogue["tea.served"], { orderId: `order-${served}`, cups: "1" }, stamp);
      bus.connection.publish(`${bus.namespace}.tea.served`, fact);
      await bus.connection.flush();
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await eventually(async () => expect(await sum(store, "heard", "count")).to.equal(40));
    expect(engine.stats().inputs).to.equal(40);
    // One in 25 ms.
    expect(engine.stats().batches).to.be.at.most(2 + (performance.now() - begun) / 25);
  });

  it("answers racing commands one after another, from two replicas, and refuses with nothing changed", async () => {
    const { store, run } = await house();
    const engines = [await run(), await run()];
    const answers = await Promise.all(
      Array.from(
        { length: 40 },
        (_, index) =>
          engines[index % 2]?.execute("brew", { orderId: "a", cups: "1" }, guest) as Promise<{ cups: bigint }>,
      ),
    );
    expect(answers.map(({ cups }) => Number(cups)).sort((x, y) => x - y)).to.deep.equal(
      Array.from({ length: 40 }, (_, index) => index + 1),
    );
    const refusal = await engines[0]
      ?.execute("brew", { orderId: "a", cups: "0" }, guest)
      .catch((error: Error) => error);
    expect(refusal).to.include({ name: "Refused", code: "NO_CUPS" });
    expect(await sum(store, "cups", "pot")).to.equal(40);
    expect(await sum(store, "1", "outbox")).to.equal(40);
  });

  it("leaves out the one input that the database refuses, and answers its batch-mates", async () => {
    const { store, run } = await house();
    const engine = await run();
    const outcomes = await Promise.allSettled([
      ...Array.from({ length: 10 }, (_, index) =>
        engine.execute("brew", { orderId: `pot-${index}`, cups: "1" }, guest),
      ),
      engine.execute("overfill", { orderId: "b" }, guest),
      ...Array.from({ length: 10 }, (_, index) =>
        engine.execute("brew", { orderId: `pot-${index}`, cups: "1" }, guest),
      ),
    ]);
    expect(outcomes.filter(({ status }) => status === "rejected")).to.have.length(1);
    expect(outcomes[10]).to.have.nested.property("reason.code", "23514");
    expect(await sum(store, "cups", "pot")).to.equal(20);
  });

  it("keeps a message that fails, tries it again, gives it up after its attempts, and handles the others", async () => {
    const { store, bus, run } = await house();
    await run(kitchen, { maxAttempts: 2 });
    for (let index = 0; index < 20; index++) publish(bus, `pot-${index}`, index === 7 ? "boom" : "1");
    await eventually(async () => expect(await sum(store, "cups", "pot")).to.equal(19));
    await eventually(async () => {
      const [row] = await store.knex("failed_message").select();
      expect(row).to.include({ state: "DEAD", attempts: 2, reaction: "tea.ordered", error: "Error: the kettle burst" });
    });
  });

  it("makes a message that nobody may have sent a dead letter at once, also where its fact is retried for ever", async () => {
    const { store, bus, run } = await house();
    const definition = forever(kitchen, "tea.ordered");
    await run(definition, { maxAttempts: 2 });
    publish(bus, "a", "nobody");
    publish(bus, "b", "boom");
    await eventually(async () => {
      const rows: { state: string; attempts: number; error: string }[] = await store
        .knex("failed_message")
        .orderBy("error");
      expect(rows.map(({ state, error }) => `${state} ${error}`)).to.deep.equal([
        "RETRYING Error: the kettle burst",
        "DEAD Unexpected: nobody asked for tea",
      ]);
      expect(rows[1]?.attempts).to.equal(1);
    });
  });

  it("acknowledges what does not concern a reaction without a transaction, unless it breaks a rule", async () => {
    const { store, bus, run } = await house();
    const [on, brewing] = [...kitchen.reactions][0] ?? expect.fail("the kitchen hears nothing");
    const concerns = (fact: unknown): boolean => (fact as { readonly cups: string }).cups !== "7";
    const engine = await run({ ...kitchen, reactions: new Map([[on, { ...brewing, concerns }]]) });
    for (const cups of ["7", "7", "1", "7"]) publish(bus, cups, cups);
    await eventually(async () => {
      const pending = await bus.manager.consumers.info(`${bus.namespace.toUpperCase()}_GUEST`, "kitchen_hears_guest");
      expect(pending).to.include({ num_pending: 0, num_ack_pending: 0 });
      expect(await sum(store, "cups", "pot")).to.equal(1);
    });
    expect(engine.stats().inputs).to.equal(1);
  });

  it("makes garbage a dead letter at once", async () => {
    const { store, bus, run } = await house();
    await run();
    bus.connection.publish(`${bus.namespace}.tea.ordered`, Buffer.from("not a fact"));
    publish(bus, "a", "1");
    await eventually(async () => {
      const rows = await store.knex("failed_message").select();
      expect(rows).to.have.length(1);
      expect(rows[0]).to.include({ state: "DEAD" });
      expect(await sum(store, "cups", "pot")).to.equal(1);
    });
  });

  it("takes what is due once, though two replicas sweep", async () => {
    const { store, run } = await house();
    const [engine] = [await run(), await run()];
    for (let index = 0; index < 20; index++) await engine.execute("wind", { orderId: `timer-${index}` }, guest);
    await eventually(async () => expect(await sum(store, "rings", "timer")).to.equal(20));
    await eventually(async () => expect(await sum(store, "1", "timer where ring_at is not null")).to.equal(0));
    expect(await sum(store, "rings", "timer")).to.equal(20);
  });

  it("asks an effect again under the same key until it is answered, and takes the outcome once", async () => {
    const { store, run } = await house();
    const keys: string[] = [];
    const adapters: Record<string, Adapter> = {
      delivery: async (key) => {
        keys.push(key);
        if (keys.length < 3) throw new Error("no answer");
        return { at: "noon" };
      },
    };
    const engine = await run(kitchen, { adapters });
    await engine.execute("send", { orderId: "a" }, guest);
    await engine.execute("send", { orderId: "a" }, guest);
    await eventually(async () => expect(await sum(store, "heard", "count")).to.equal(1), { timeout: 20_000 });
    expect(keys).to.deep.equal(Array(3).fill("delivery/a"));
    const [row] = await store.knex("effect").select();
    expect(row).to.deep.include({ state: "DONE", result: { at: "noon" } });
  });

  it("publishes what a process committed and did not live to publish", async () => {
    const { store, bus, run } = await house();
    await (await startPartitions(store)).stop();
    await transact(store, async (tx) => {
      const fact = catalogue["tea.served"];
      const id = newEventId();
      const message = encodeFact(fact, { orderId: "a", cups: "1" }, { id, time: new Date(), version: 1n });
      await Promise.all([
        appendFacts(tx, [{ id, aggregate: "pot/a", version: 1n, type: fact.name, message }]),
        tx.commit(),
      ]);
    });
    await run();
    let heard = 0;
    const subscription = await subscribe({
      bus,
      catalogue,
      hearer: "test",
      owner: "kitchen",
      types: ["tea.served"],
      onMessage: (message) => {
        heard++;
        message.ack();
      },
    });
    opened.push(() => subscription.stop());
    await eventually(() => expect(heard).to.equal(1));
  });

  it("tells callers when the database is gone and handles messages once it is back", async () => {
    const { store, bus, run, url } = await house();
    const engine = await run();
    await engine.execute("brew", { orderId: "a", cups: "1" }, guest);
    const name = new URL(url).pathname.slice(1);
    const admin = openStore({ url: url.replace(`/${name}`, "/postgres"), applicationName: "test" });
    opened.push(() => admin.close());
    await admin.knex.raw(`alter database ${name} with allow_connections false`);
    await admin.knex.raw("select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = ?", [name]);
    await admin.knex.raw(`alter database ${name} rename to ${name}_gone`);
    publish(bus, "b", "5");
    // Also those who ask while the message is tried again and again.
    for (const until = performance.now() + 1_500; performance.now() < until; ) {
      const failure = await engine.execute("brew", { orderId: "a", cups: "1" }, guest).catch((error: Error) => error);
      expect(failure).to.be.instanceOf(Error);
    }
    await admin.knex.raw(`alter database ${name}_gone with allow_connections true`);
    await admin.knex.raw(`alter database ${name}_gone rename to ${name}`);
    await eventually(async () => expect(await sum(store, "cups", "pot where pot_id = 'b'")).to.equal(5), {
      timeout: 20_000,
    });
  });
});
