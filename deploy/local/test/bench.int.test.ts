// The purchase benchmark on the whole system, for a second: what it reports, never how fast it was.
import { databaseUrl, namespace, natsUrl } from "@pavane/testkit";
import { expect } from "chai";
import { Client } from "pg";
import { textOf } from "../src/bench/print.js";
import { benchPurchases } from "../src/bench/purchase.js";
import { scratch } from "../src/scratch.js";
import { type Stack, startStack } from "../src/stack.js";

describe("npm run bench -- purchase", () => {
  let stack: Stack | undefined;
  afterEach(() => stack?.close());

  it("completes what it places, accounts for it, and leaves no raw work behind", async () => {
    const given = { databaseUrl: databaseUrl(), natsUrl: natsUrl(), namespace: namespace() };
    stack = await startStack({ dir: scratch(), ...given });
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
