// The benchmarks on the whole system, for a second each: what they report, never how fast it was.
import { databaseUrl, namespace, natsUrl } from "@pavane/testkit";
import { expect } from "chai";
import { Client } from "pg";
import { benchPoison } from "../src/bench/poison.js";
import { poisonText, textOf } from "../src/bench/print.js";
import { benchPurchases } from "../src/bench/purchase.js";
import { scratch } from "../src/scratch.js";
import { type Stack, startStack } from "../src/stack.js";

describe("npm run bench", () => {
  let stack: Stack;
  before(async () => {
    const given = { databaseUrl: databaseUrl(), natsUrl: natsUrl(), namespace: namespace() };
    stack = await startStack({ dir: scratch(), ...given });
  });
  after(() => stack?.close());

  it("purchase: completes what it places, accounts for it, and leaves no raw work behind", async () => {
    const size = { users: 5, items: 3, rate: 20, seconds: 1, warmup: 0.5, concurrency: 5, raw: 10 };
    const { report } = await benchPurchases(
      stack.state(),
      { mode: "choreographed", ghz: undefined, ...size },
      () => undefined,
    );
    expect(report).to.include({ bench: "purchase", load: "client", failedCalls: 0, firstError: null });
    expect(report.orders).to.be.greaterThan(0);
    expect(report.completed).to.equal(report.orders);
    for (const spread of [report.placeOrder, report.completion]) expect(spread).to.have.keys("p50", "p95", "p99");
    // A digital purchase from a wallet is six facts, heard eleven times, and by the saga, whom it does not concern, six more.
    const { purchases, messages, deliveries, rows } = report.raw;
    expect(purchases).to.equal(10);
    expect([messages, deliveries]).to.satisfy(([m = 0, d = 0]: number[]) => m >= 59 && m <= 61 && d >= 155 && d <= 195);
    expect(rows).to.be.greaterThan(100);
    expect(report.ratio).to.be.greaterThan(0);
    if (process.platform === "linux") expect(report.cpu).to.include.keys("order", "user", "client");
    expect(textOf(report)).to.contain("ratio to the raw limit");
    expect(await leftBehind(stack)).to.equal(0);
  });

  it("poison: has everything handled that can be, and kept what cannot", async () => {
    const report = await benchPoison(stack.state(), { facts: 1_000, rounds: 1 });
    expect(report).to.include({ bench: "poison", facts: 1_000, rounds: 1 });
    expect([report.oneIn500Ratio, report.oneKeyIn20Ratio].every((ratio) => ratio > 0)).to.equal(true);
    expect(poisonText(report)).to.contain("one in 500 breaks a rule");
    const client = new Client({ connectionString: stack.state().services.notification?.databaseUrl });
    await client.connect();
    const { rows } = await client.query(
      `select (select count(*)::int from contact where user_id like 'poison-%') as known, (select count(*)::int from failed_message) as failed`,
    );
    await client.end();
    // Two rounds that are all sound and one with 998 users; the same with twenty keys, nineteen in the last.
    expect(rows).to.deep.equal([{ known: 2 * 1_000 + 998 + 2 * 20 + 19, failed: 2 + 50 }]);
  });
});

async function leftBehind(stack: Stack): Promise<number> {
  const client = new Client({ connectionString: stack.state().services.order?.databaseUrl });
  await client.connect();
  try {
    return (await client.query("select from pg_namespace where nspname = 'bench_raw'")).rowCount ?? -1;
  } finally {
    await client.end();
  }
}
