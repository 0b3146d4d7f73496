// The audit is true of a sound system, and every invariant is found violated when its books are broken on purpose.
import { databaseUrl, namespace, natsUrl } from "@pavane/testkit";
import { expect } from "chai";
import { type AuditedService, audited, type Sources, sourcesOf, withBooks } from "../src/audit/books.js";
import { type Audit, type AuditOptions, auditBooks } from "../src/audit/run.js";
import { runDemo } from "../src/demo/run.js";
import { scenarios } from "../src/demo/scenarios.js";
import { scratch } from "../src/scratch.js";
import { type Stack, startStack } from "../src/stack.js";
import { type Ended, lines, runCommand } from "./command.js";
import { brokenCopy, type Lie, lyingProvider } from "./breakage.js";

const played = ["wallet", "card-shipped", "mixed-lines", "insufficient-balance", "cancel-during-charge"];

describe("the audit", () => {
  let stack: Stack;
  let sources: Sources;
  /** A demo in which an outcome is not as it must be. */
  let wrong: Ended;

  before(async function () {
    this.timeout(120_000);
    const servers = { databaseUrl: databaseUrl(), natsUrl: natsUrl() };
    const dir = scratch();
    // This shop delivers to the South Pole, which the demo does not expect.
    const env = { SHIPPING_COUNTRIES: "US,AQ" };
    stack = await startStack({ dir, namespace: namespace(), env, ...servers });
    const state = stack.state();
    sources = sourcesOf(state);
    const results = await runDemo(
      state,
      scenarios.filter(({ name }) => played.includes(name)),
      async () => undefined,
    );
    expect(results.flatMap(({ problems }) => problems)).to.deep.equal([]);
    wrong = await runCommand("demo", ["--json", "--only", "undeliverable", "--dir", dir]);
    expect((await auditBooks(sources, { settleSeconds: 20 })).violations).to.equal(0);
    // A database can be copied only while nobody is connected to it; the provider must go on answering.
    await Promise.all(audited.map((service) => stack.stop(service)));
  });

  after(async () => stack?.close());

  const violatedIn = ({ findings }: Audit): string[] =>
    findings.filter(({ violations }) => violations.length > 0).map(({ name }) => name);

  async function auditBroken(service: AuditedService, sql: string, options: AuditOptions = {}): Promise<Audit> {
    const copy = await brokenCopy(sources.databases[service] ?? "", sql);
    try {
      return await auditBooks({ ...sources, databases: { ...sources.databases, [service]: copy.url } }, options);
    } finally {
      await copy.drop();
    }
  }

  async function auditLie(lie: Lie): Promise<Audit> {
    const liar = await lyingProvider(sources.provider, lie);
    try {
      return await auditBooks({ ...sources, provider: liar.url });
    } finally {
      await liar.close();
    }
  }

  it("does not let a demo pass in which an outcome is wrong, though every invariant holds", () => {
    const modes = lines(wrong.out).map(({ mode }) => mode);
    expect(modes).to.have.members(["CHOREOGRAPHED", "ORCHESTRATED"]);
    for (const result of lines(wrong.out)) expect(result).to.include({ ok: false, outcome: "COMPLETED" });
    expect(wrong.err).to.contain("invariants hold");
    expect(wrong.code).to.equal(1);
  });

  it("finds nothing in a sound system, and has compared something in every invariant", async () => {
    const { findings, violations, running } = await auditBooks(sources);
    expect({ violations, running }).to.deep.equal({ violations: 0, running: 0 });
    const empty = findings.filter(({ rows, compared }) => rows.size === 0 && compared.size === 0);
    expect(empty.map(({ name }) => name)).to.deep.equal([]);
    const sums = findings.filter(({ equations }) => equations.length > 0);
    for (const { name, rows } of sums) {
      const figures = [...rows.values()].flatMap((columns) => [...columns.values()]);
      expect(
        figures.some((figure) => figure > 0n),
        name,
      ).to.equal(true);
    }
  });

  it("can change nothing", async () => {
    const change = withBooks(sources, (books) => books.of("user").read("update users set balance = balance"));
    const error = await change.then(
      () => undefined,
      (caught: unknown) => caught,
    );
    expect(String(error)).to.contain("read-only transaction");
  });

  const completedOrder = (name: string) => `order_id like '%-${name}'`;
  const cases: readonly (readonly [string, AuditedService, string, string])[] = [
    [
      "order ends",
      "shipping",
      "a shipment cancelled though its order was delivered",
      `update shipment set state = 'CANCELLED' where ${completedOrder("card-shipped")}`,
    ],
    [
      "order ends",
      "user",
      "funds kept of a cancelled order",
      `update hold set state = 'RESERVED' where ${completedOrder("cancel-during-charge")}`,
    ],
    [
      "order ends",
      "saga",
      "a saga that compensated though its order completed",
      "update saga set status = 'COMPENSATED', code = 'LOST', logged = logged + 1 where status = 'COMPLETED'",
    ],
    [
      "old orders",
      "order",
      "an order that nobody ended",
      `update orders set status = 'PLACED', deadline_time = now() - interval '2 minutes' where ${completedOrder("wallet")}`,
    ],
    [
      "wallet orders",
      "user",
      "an order that cost the wallet more than its total",
      `update hold set amount = amount + 1 where ${completedOrder("wallet")}`,
    ],
    [
      "card orders",
      "payment",
      "money taken for an order that was cancelled",
      `update payment set state = 'CAPTURED' where ${completedOrder("cancel-during-charge")}`,
    ],
    [
      "stock of orders",
      "item",
      "another quantity held than bought",
      `update hold set lines = jsonb_set(lines, '{0,quantity}', '3') where ${completedOrder("wallet")}`,
    ],
    [
      "slots of orders",
      "inventory",
      "more slots taken than units bought",
      `update hold set slots = slots + 1 where ${completedOrder("wallet")}`,
    ],
    ["effects", "payment", "a capture nobody charged", "update payment set charge_reference = 'ch_other'"],
    [
      "wallets",
      "user",
      "money from nowhere",
      "update users set balance = balance + 1 where user_id like '%-wallet-user'",
    ],
    [
      "wallet entries",
      "user",
      "an entry that says another amount",
      "update wallet_entry set amount = amount + 1 where kind = 'WALLET_ENTRY_KIND_CONFIRM'",
    ],
    [
      "wallet entries",
      "user",
      "entries that are gone",
      "delete from wallet_entry where kind in ('WALLET_ENTRY_KIND_RESERVE', 'WALLET_ENTRY_KIND_CONFIRM')",
    ],
    ["wallet holds", "user", "money held for no order", "update users set held = held + 1, balance = balance - 1"],
    ["stock", "item", "units from nowhere", "update item set stock = stock + 1 where item_id like '%-wallet-0'"],
    ["stock", "item", "a delivery nobody sent", "update item set stock = stock + 1, received = received + 1"],
    [
      "stock holds",
      "item",
      "units reserved for no order",
      "update item set reserved = reserved + 1, stock = stock - 1",
    ],
    ["slots", "inventory", "slots used by nothing", "update inventory set used = used + 1"],
    ["slots", "inventory", "more slots taken than there are", "update inventory set capacity = 0"],
    ["signs", "item", "stock below zero", "update item set stock = -1"],
    [
      "versions",
      "order",
      "a fact lost from the middle",
      "delete from outbox where version = 2 and type = 'order.cancelling'",
    ],
    ["versions", "item", "a version given twice", "update outbox set version = 1 where version = 2"],
    ["versions", "user", "a change that announced nothing", "update users set version = version + 1"],
    [
      "order facts",
      "order",
      "an order completed and cancelled",
      "update outbox set type = 'order.completed' where type = 'order.placed'",
    ],
    [
      "holds",
      "user",
      "money held for an order that does not exist",
      "insert into hold (order_id, user_id, state, amount, version) values ('ghost', 'ghost', 'REJECTED', 0, 1)",
    ],
  ];
  for (const [invariant, service, what, sql] of cases) {
    it(`finds ${invariant} violated: ${what}`, async () => {
      expect(violatedIn(await auditBroken(service, sql))).to.include(invariant);
    });
  }

  it("finds effects violated: a charge made twice", async () => {
    const twice: Lie = (rows, what) => {
      return what === "refunds"
        ? rows
        : [...rows, ...rows.slice(0, 1).map((row) => ({ ...row, id: "ch_2", key: "2" }))];
    };
    expect(violatedIn(await auditLie(twice))).to.include("effects");
  });

  it("finds effects violated: a charge for nobody's order", async () => {
    const strange: Lie = (rows, what) => (what === "refunds" ? rows : rows.map((row) => ({ ...row, order_id: "x" })));
    expect(violatedIn(await auditLie(strange))).to.include.members(["effects", "card orders"]);
  });

  it("finds card orders violated: a refund that never was", async () => {
    expect(violatedIn(await auditLie((rows, what) => (what === "refunds" ? [] : rows)))).to.include("card orders");
  });

  it("counts an order that a participant has not heard to be completed apart, and once waited for as violated", async () => {
    const deaf = `update hold set state = 'RESERVED' where ${completedOrder("wallet")};
                  update users set held = held + spent, spent = 0 where user_id like '%-wallet-user'`;
    const patient = await auditBroken("user", deaf);
    expect(patient.running).to.equal(1);
    expect(violatedIn(patient)).not.to.include.members(["order ends", "old orders", "wallet orders"]);
    expect(violatedIn(await auditBroken("user", deaf, { settleSeconds: 0.1 }))).to.include("old orders");
  });

  it("lists orders that wait for the provider or for an operator apart", async () => {
    const asked = `update orders set status = 'CANCELLING', deadline_time = now() - interval '1 hour',
                   answered = '["user", "inventory", "item", "shipping"]' where ${completedOrder("cancel-during-charge")}`;
    const copy = await brokenCopy(sources.databases.order ?? "", asked);
    try {
      const state = `update payment set state = 'REFUNDING', refund_refused = true where state = 'REFUNDED'`;
      const payment = await brokenCopy(sources.databases.payment ?? "", state);
      const databases = { ...sources.databases, order: copy.url, payment: payment.url };
      const audit = await auditBooks({ ...sources, databases });
      await payment.drop();
      const old = audit.findings.find(({ name }) => name === "old orders");
      expect(old?.violations).to.deep.equal([]);
      expect(old?.notes.join()).to.contain("waits for SettleRefund");
    } finally {
      await copy.drop();
    }
  });

  it("reports what waits for an operator without calling it a violation", async () => {
    const audit = await auditBroken(
      "item",
      `insert into failed_message (id, reaction, state, due_at, subject, message, error)
       values ('m-1', 'slots.reserved', 'DEAD', now(), 's', '', 'broken')`,
    );
    expect(audit.violations).to.equal(0);
    expect(audit.findings.find(({ name }) => name === "trouble")?.notes.join()).to.contain("item: 1 dead letters");
  });

  it("says which books it cannot read", async () => {
    const { order: _left, ...databases } = sources.databases;
    const error = await auditBooks({ ...sources, databases }).catch((caught: unknown) => caught);
    expect(String(error)).to.contain("no order service");
    const gone = await auditBooks({ ...sources, provider: "http://127.0.0.1:1" }).catch((caught: unknown) => caught);
    expect(String(gone)).to.contain("The provider at http://127.0.0.1:1");
  });
});
