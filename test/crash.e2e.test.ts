// What is killed or stopped under load: a service, the broker, the database. Nothing is lost, nothing happens twice.
import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "@pavane/testkit";
import { expect } from "chai";
import { crowd, type Shop, theShop, wishes } from "./shop.js";

describe("while customers buy", function () {
  this.timeout(150_000);
  let shop: Shop;
  before(async () => {
    shop = await theShop();
  });
  beforeEach(() => shop.told.clear());
  afterEach(async () => {
    // Where a test failed in the middle of an outage, the others are to judge for themselves.
    const { stack } = shop;
    await Promise.all([stack.postgres.start(), stack.nats.start()]);
    for (const service of Object.keys(stack.state().services)) await stack.start(service);
  });

  /** Lets customers buy while something happens; then all that was bought must have ended as wished. */
  async function whileBuying(happens: () => Promise<void>): Promise<void> {
    const customers = crowd(shop);
    try {
      await customers.crowded();
      await happens();
      await customers.crowded();
    } finally {
      customers.stop();
    }
    await shop.ended(await customers.served());
    await shop.audited();
  }

  /** Until one of the buyers was told that nobody can answer. */
  const noticed = (): Promise<unknown> => eventually(() => shop.told.size > 0, { timeout: 20_000 });

  it("kill -9 of every service, one after another, loses and doubles nothing", async () => {
    await whileBuying(async () => {
      for (const service of Object.keys(shop.stack.state().services)) {
        await shop.stack.kill(service);
        await sleep(200);
        await shop.stack.start(service);
      }
    });
    expect([...shop.told]).to.deep.equal(["UNAVAILABLE"]);
  });

  it("a broker that is away for a while delays orders, and refuses none", async () => {
    await whileBuying(async () => {
      await shop.stack.nats.stop();
      await sleep(6_000);
      await shop.stack.nats.start();
    });
    expect([...shop.told]).to.deep.equal([]);
  });

  it("kill -9 of the broker loses nothing", async () => {
    await whileBuying(async () => {
      await shop.stack.nats.kill();
      await shop.stack.nats.start();
    });
    expect([...shop.told]).to.deep.equal([]);
  });

  it("a database that is stopped makes services say that they cannot answer, and nothing else", async () => {
    await whileBuying(async () => {
      await shop.stack.postgres.stop();
      await noticed();
      await shop.stack.postgres.start();
    });
    expect([...shop.told]).to.deep.equal(["UNAVAILABLE"]);
  });

  it("kill -9 of the database loses nothing that was answered", async () => {
    await whileBuying(async () => {
      await shop.stack.postgres.kill();
      await noticed();
      await shop.stack.postgres.start();
    });
    expect([...shop.told]).to.deep.equal(["UNAVAILABLE"]);
  });

  it("kill -9 between commit and publish loses nothing", async () => {
    const { stack } = shop;
    await stack.nats.stop();
    // Committed, and nobody has heard of it: what the process holds in memory dies with it.
    const bought = await Promise.all(Array.from({ length: 20 }, () => shop.buy(wishes.wallet)));
    await stack.kill("order");
    await stack.nats.start();
    await stack.start("order");
    await shop.ended(bought);
    await shop.audited();
  });
});
