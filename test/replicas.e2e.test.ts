// Two replicas of every service: when one of each is killed, the others take over what it had begun.
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { crowd, openShop, ours, type Shop, wishes } from "./shop.js";

describe("two replicas of every service", function () {
  this.timeout(150_000);
  let shop: Shop;
  before(async () => {
    shop = await openShop(2);
  });
  after(async () => shop?.close());

  it("share the work, and when one of each is killed the others take over within 15 s", async () => {
    const customers = crowd(shop, 20);
    const slow = await Promise.all(Array.from({ length: 4 }, () => shop.buy(wishes.slow)));
    await sleep(500);
    // The first of some, the second of others: those left have never worked together alone.
    await Promise.all(ours.map((service, index) => shop.stack.kill(service, index % 2)));
    const killed = Date.now();
    await sleep(1_000);
    customers.stop();
    const bought = await customers.served();
    expect(bought.length).to.be.above(20);
    expect([...shop.told].filter((code) => code !== "UNAVAILABLE")).to.deep.equal([]);
    const last = (await shop.ended(bought)).getTime() - killed;
    console.log(`      the last of ${bought.length} orders was over ${last} ms after the kill`);
    expect(last).to.be.below(15_000);
    // A charge that had begun is somebody's until its lease runs out.
    await shop.ended(slow);
    await shop.audited();
  });

  it("share it again when they are back, and one that leaves in order hands over at once", async () => {
    await Promise.all(ours.map((service, index) => shop.stack.start(service, index % 2)));
    shop.told.clear();
    const customers = crowd(shop, 20);
    await sleep(500);
    const polite = await Promise.all(ours.map((service, index) => shop.stack.stop(service, (index + 1) % 2)));
    expect(polite.every(Boolean)).to.equal(true);
    customers.stop();
    await shop.ended(await customers.served());
    await shop.audited();
  });
});
