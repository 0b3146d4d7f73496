// Payment on a stage with the real sandbox: money is taken once and given back once, whatever comes in which order.

import { goods, line, type Stage, eventually, purchase, stage } from "@pavane/testkit";
import { PaymentState } from "@pavane/contracts/payment";
import { PaymentMethod, type Purchase, PurchaseMode } from "@pavane/contracts/purchase";
import { Refused } from "@pavane/kernel";
import { expect } from "chai";
import { paymentService } from "../src/index.js";
import { adaptersOf } from "../src/provider.js";
import { queries } from "../src/rpc.js";
import { sandboxProvider } from "../src/sandbox.js";
import { type SandboxProcess, startSandbox } from "./provider.js";

describe("payment with a provider", () => {
  let sandbox: SandboxProcess;
  let play: Stage;
  const alarms: string[] = [];
  const closing: (() => Promise<unknown>)[] = [];
  let serial = 0;

  before(async () => {
    sandbox = await startSandbox(400);
    closing.push(async () => expect(await sandbox.close()).to.equal(0));
    const provider = sandboxProvider({ url: sandbox.url, timeoutMillis: 5_000 });
    play = await stage({
      definition: paymentService,
      migrations: new URL("../../migrations/", import.meta.url),
      adapters: adaptersOf(provider, ({ orderId }) => alarms.push(orderId)),
    });
    closing.push(() => play.close());
    await play.join();
  });
  after(async () => {
    // What was opened before something failed is closed too, or the run would never end.
    for (const close of closing.toReversed()) await close();
  });

  const orderOf = (changes: Partial<Purchase> = {}) => purchase({ orderId: `order-${++serial}`, ...changes });
  const byCard = (cardToken: string) => orderOf({ paymentMethod: PaymentMethod.CARD, cardToken });
  const cancel = (bought: Purchase) =>
    play.say("order.cancelling", { purchase: bought, code: "CANCELLED_BY_USER", reason: "" });
  const facts = ({ orderId }: Purchase) =>
    play.announced.filter(({ subject }) => subject === orderId).map(({ type, version }) => `${version} ${type}`);
  const state = async ({ orderId }: Purchase) => {
    const { payment } = await queries(play.store).getPayment({ orderId });
    return payment;
  };
  const becomes = (bought: Purchase, wanted: PaymentState) =>
    eventually(async () => expect((await state(bought)).state).to.equal(wanted), { timeout: 25_000 });
  const tells = (bought: Purchase, ...expected: string[]) =>
    eventually(() => expect(facts(bought)).to.deep.equal(expected), { timeout: 25_000 });

  it("charges a card once, however often it hears that the goods are set aside", async () => {
    const bought = byCard("tok_approved");
    const id = play.say("stock.reserved", { purchase: bought });
    play.say("stock.reserved", { purchase: bought }, { id });
    play.say("stock.reserved", { purchase: bought });
    await tells(bought, "1 payment.captured");
    play.say("stock.reserved", { purchase: bought }, { id });
    const [charge, ...others] = await sandbox.charges(bought.orderId);
    expect(others).to.deep.equal([]);
    expect(charge).to.include({ key: `charge/${bought.orderId}`, status: "APPROVED", amount: "1000", requests: 1 });
    expect(await state(bought)).to.include({ state: PaymentState.CAPTURED, chargeReference: charge?.id });
  });

  it("captures what is paid from a wallet without a provider, and gives it back", async () => {
    const bought = orderOf();
    play.say("stock.reserved", { purchase: bought });
    await tells(bought, "1 payment.captured");
    cancel(bought);
    cancel(bought);
    await tells(bought, "1 payment.captured", "2 payment.refunded");
    expect(await sandbox.charges(bought.orderId)).to.deep.equal([]);
  });

  it("waits for shipment.prepared when goods ship", async () => {
    const bought = orderOf({ lines: [line(), goods()], paymentMethod: PaymentMethod.CARD, cardToken: "tok_approved" });
    play.say("stock.reserved", { purchase: bought });
    const after = byCard("tok_approved");
    play.say("stock.reserved", { purchase: after });
    await tells(after, "1 payment.captured");
    expect(facts(bought)).to.deep.equal([]);
    play.say("shipment.prepared", { purchase: bought });
    await tells(bought, "1 payment.captured");
    expect(await sandbox.charges(bought.orderId)).to.have.length(1);
  });

  it("leaves an orchestrated purchase to its saga", async () => {
    const bought = orderOf({ mode: PurchaseMode.ORCHESTRATED });
    play.say("stock.reserved", { purchase: bought });
    cancel(bought);
    const after = orderOf();
    play.say("stock.reserved", { purchase: after });
    await tells(after, "1 payment.captured");
    expect(facts(bought)).to.deep.equal([]);
  });

  for (const token of ["tok_declined", "tok_nobody_knows"]) {
    it(`fails what is declined for good (${token}), and then voids it`, async () => {
      const bought = byCard(token);
      play.say("stock.reserved", { purchase: bought });
      await tells(bought, "1 payment.failed");
      expect(await state(bought)).to.include({ state: PaymentState.FAILED, code: "PAYMENT_DECLINED" });
      cancel(bought);
      await tells(bought, "1 payment.failed", "2 payment.voided");
    });
  }

  it("answers for an order it never heard of, and never charges it", async () => {
    const bought = byCard("tok_approved");
    cancel(bought);
    await tells(bought, "1 payment.voided");
    play.say("stock.reserved", { purchase: bought });
    const after = byCard("tok_approved");
    play.say("stock.reserved", { purchase: after });
    await tells(after, "1 payment.captured");
    expect(await sandbox.charges(bought.orderId)).to.deep.equal([]);
    expect(await state(bought)).to.include({ state: PaymentState.VOIDED });
  });

  for (const [what, token, timely] of [
    ["while the charge is under way", "tok_slow", true],
    ["after the charge", "tok_approved", false],
  ] as const) {
    it(`refunds a card when its order cancels ${what}`, async () => {
      const bought = byCard(token);
      play.say("stock.reserved", { purchase: bought });
      await becomes(bought, timely ? PaymentState.PENDING : PaymentState.CAPTURED);
      cancel(bought);
      cancel(bought);
      await becomes(bought, PaymentState.REFUNDED);
      await tells(bought, ...(timely ? ["1 payment.refunded"] : ["1 payment.captured", "2 payment.refunded"]));
      const refunds = await sandbox.refunds(bought.orderId);
      expect(await sandbox.charges(bought.orderId)).to.have.length(1);
      expect(refunds.map(({ key, status }) => `${key} ${status}`)).to.deep.equal([`refund/${bought.orderId} REFUNDED`]);
      expect(await state(bought)).to.include({ refundReference: refunds[0]?.id, settled: false });
    });
  }

  it("voids when the charge that was under way is declined", async () => {
    const bought = byCard("tok_declined");
    play.say("stock.reserved", { purchase: bought });
    cancel(bought);
    await becomes(bought, PaymentState.VOIDED);
    await eventually(() => expect(facts(bought).at(-1)).to.match(/payment\.voided$/));
    expect(await sandbox.refunds(bought.orderId)).to.deep.equal([]);
  });

  for (const [token, requests] of [
    ["tok_flaky", 2],
    ["tok_crash_after_charge", 2],
    ["tok_silent", 4],
  ] as const) {
    it(`asks again under the same key until the provider answers (${token})`, async () => {
      const bought = byCard(token);
      play.say("stock.reserved", { purchase: bought });
      await becomes(bought, PaymentState.CAPTURED);
      await tells(bought, "1 payment.captured");
      const [charge, ...others] = await sandbox.charges(bought.orderId);
      expect(others).to.deep.equal([]);
      expect(charge).to.include({ status: "APPROVED", requests });
    });
  }

  it("waits loudly for an operator when a refund is refused for good", async () => {
    const bought = byCard("tok_refund_refused");
    play.say("stock.reserved", { purchase: bought });
    await becomes(bought, PaymentState.CAPTURED);
    cancel(bought);
    await eventually(async () => expect((await state(bought)).refundRefused).to.equal(true));
    expect(alarms).to.deep.equal([bought.orderId]);
    expect(facts(bought)).to.deep.equal(["1 payment.captured"]);
    const { payments } = await list({ refundRefused: true });
    expect(payments.map(({ orderId }) => orderId)).to.deep.equal([bought.orderId]);

    const settle = { orderId: bought.orderId, reference: "transfer-7", reason: "paid by bank" };
    const settled = await play.ask<{ payment: object }>("settleRefund", settle);
    expect(settled.payment).to.include({ state: PaymentState.REFUNDED, settled: true, refundReference: "transfer-7" });
    expect(await play.ask("settleRefund", settle)).to.deep.equal(settled);
    await tells(bought, "1 payment.captured", "2 payment.refunded");
    expect(
      play.announced.find(({ type, subject }) => subject === bought.orderId && type === "payment.refunded")?.data,
    ).to.include({ settled: true, reference: "transfer-7" });
    expect(await refusal(play.ask("settleRefund", { ...settle, reference: "other" }))).to.equal("REFUND_NOT_REFUSED");
    expect((await list({ refundRefused: true })).payments).to.deep.equal([]);
  });

  it("refuses to settle and to show what it does not know", async () => {
    const unknown = { orderId: "nobody", reference: "r", reason: "r" };
    expect(await refusal(play.ask("settleRefund", unknown))).to.equal("PAYMENT_NOT_FOUND");
    expect(await refusal(queries(play.store).getPayment(unknown))).to.equal("PAYMENT_NOT_FOUND");
  });

  it("lists payments newest first, page by page, by user and by state", async () => {
    const mine = Array.from({ length: 7 }, () => orderOf({ userId: "lister" }));
    for (const bought of mine) play.say("stock.reserved", { purchase: bought });
    await eventually(async () => expect((await list({ userId: "lister" })).payments).to.have.length(7));
    const found: string[] = [];
    let pageToken = "";
    do {
      const page = await list({ userId: "lister", pageSize: 3, pageToken });
      found.push(...page.payments.map(({ orderId }) => orderId));
      pageToken = page.nextPageToken;
    } while (pageToken !== "");
    const whole = (await list({ userId: "lister" })).payments;
    expect(found).to.deep.equal(whole.map(({ orderId }) => orderId));
    expect(new Set(found)).to.deep.equal(new Set(mine.map(({ orderId }) => orderId)));
    const times = whole.map(({ createTime }) => createTime.getTime());
    expect(times).to.deep.equal(times.toSorted((a, b) => b - a));
    const captured = await list({ userId: "lister", state: PaymentState.CAPTURED });
    expect(captured.payments).to.have.length(7);
    expect((await list({ userId: "lister", state: PaymentState.PENDING })).payments).to.deep.equal([]);
    expect(await refusal(list({ pageToken: "nonsense" }))).to.equal("INVALID_PAGE_TOKEN");
  });

  it("keeps impossible rows out, as the second line", async () => {
    const { knex } = play.store;
    for (const [change, constraint] of [
      [{ state: "LOST" }, /payment_state_check/],
      [{ refund_refused: true }, /payment_check/],
      [{ capture_time: null }, /payment_check/],
    ] as const) {
      const failure = await knex("payment").where({ state: "CAPTURED" }).update(change).then(String, String);
      expect(failure).to.match(constraint);
    }
  });

  it("leaves its ledger whole: no fact of an order twice, versions without a gap, nothing failed", async () => {
    const { rows } = await play.store.knex.raw<{ rows: { aggregate: string; facts: bigint; last: bigint }[] }>(
      "select aggregate, count(*) as facts, max(version) as last from outbox group by aggregate",
    );
    expect(rows.length).to.be.greaterThan(10);
    for (const { aggregate, facts: count, last } of rows) expect(count, aggregate).to.equal(last);
    const twice = await play.store.knex.raw<{ rows: unknown[] }>(
      "select aggregate, type from outbox group by aggregate, type having count(*) > 1",
    );
    expect(twice.rows).to.deep.equal([]);
    expect(await play.store.knex("failed_message")).to.deep.equal([]);
  });

  function list(changes: Partial<Parameters<ReturnType<typeof queries>["listPayments"]>[0]>) {
    const all = { userId: "", state: PaymentState.UNSPECIFIED, refundRefused: false, pageSize: 0, pageToken: "" };
    return queries(play.store).listPayments({ ...all, ...changes });
  }

  async function refusal(call: Promise<unknown>): Promise<string> {
    try {
      await call;
      return "accepted";
    } catch (error) {
      if (error instanceof Refused) return error.code;
      throw error;
    }
  }
});
