// Orchestrated purchases on a stage: every scenario, with the stored state held against the replayed log at every point.

import { eventually, goods, line, purchase } from "@pavane/testkit";
import { expect } from "chai";
import { calm, Hall, orderOf, released, releases } from "./given.js";

const reserves = ["funds.reserve", "slots.reserve", "stock.reserve"] as const;
const reserved = ["funds.reserved", "slots.reserved", "stock.reserved"] as const;

describe("the saga of a purchase", () => {
  const hall = new Hall();
  before(() => hall.open(calm));
  after(() => hall.stage.close());

  /** Places an order and answers its first steps, each as it is asked for. */
  async function reach(of: ReturnType<typeof orderOf>, answers: number): Promise<string[]> {
    hall.say("order.placed", of);
    const sent: string[] = [reserves[0]];
    await hall.sends(of, ...sent);
    for (const [at, fact] of reserved.slice(0, answers).entries()) {
      hall.say(fact, of);
      sent.push(reserves[at + 1] ?? (of.lines.length > 1 ? "shipment.prepare" : "payment.charge"));
      await hall.sends(of, ...sent);
    }
    return sent;
  }

  /** Answers the releases, each as it is asked for. */
  async function undo(of: ReturnType<typeof orderOf>, sent: readonly string[]): Promise<void> {
    for (const [at, fact] of released.entries()) {
      await hall.sends(of, ...sent, ...releases.slice(0, at + 1));
      hall.say(fact, of);
    }
    await hall.sends(of, ...sent, ...releases, "saga.compensated");
  }

  it("asks for each step after the answer before it, and ends with the order", async () => {
    const of = orderOf();
    const sent = await reach(of, 3);
    hall.say("payment.captured", of);
    await eventually(async () => expect((await hall.sagaOf(of))?.current).to.equal(""));
    expect((await hall.sagaOf(of))?.status).to.equal("EXECUTING");
    hall.say("order.completed", of);
    await hall.sends(of, ...sent, "saga.completed");
    const saga = await hall.becomes(of, "COMPLETED");
    expect(saga.steps.map(({ state }) => state)).to.deep.equal([
      ...["SUCCEEDED", "SUCCEEDED", "SUCCEEDED", "SKIPPED", "SUCCEEDED"],
    ]);
  });

  it("prepares a shipment where something ships", async () => {
    const of = orderOf({ lines: [line(), goods()] });
    const sent = await reach(of, 3);
    hall.say("shipment.prepared", of);
    await hall.sends(of, ...sent, "payment.charge");
  });

  it("hears that the order completed before it hears that the money was captured", async () => {
    const of = orderOf();
    const sent = await reach(of, 3);
    hall.say("order.completed", of);
    await hall.sends(of, ...sent, "saga.completed");
    hall.say("payment.captured", of);
    await eventually(async () => expect((await hall.sagaOf(of))?.steps[4]?.state).to.equal("SUCCEEDED"));
    expect(await hall.becomes(of, "COMPLETED")).to.include({ logged: 10n });
  });

  for (const [at, refused] of (
    ["funds.rejected", "slots.rejected", "stock.rejected", "payment.failed"] as const
  ).entries()) {
    it(`waits for the order's word after ${refused}, and releases all five in reverse order`, async () => {
      const of = orderOf();
      const sent = await reach(of, at);
      hall.say(refused, of, "REFUSED");
      await eventually(
        async () => expect((await hall.sagaOf(of))?.steps.some(({ code }) => code === "REFUSED")).to.be.true,
      );
      expect(hall.sent(of)).to.deep.equal(sent);
      hall.say("order.cancelling", of, "REFUSED");
      await undo(of, sent);
      expect(await hall.becomes(of, "COMPENSATED")).to.include({ code: "REFUSED", attempt: 1 });
    });
  }

  it("releases all five of an order it never began", async () => {
    const of = orderOf();
    hall.say("order.cancelling", of, "REJECTED_BY_REVIEW");
    await undo(of, []);
    hall.say("order.placed", of);
    await hall.compare();
    expect(hall.sent(of)).to.have.length(6);
  });

  it("leaves choreographed purchases alone", async () => {
    const of = purchase({ orderId: "choreographed" });
    for (const fact of ["order.placed", ...reserved, "payment.captured", "order.completed"] as const)
      hall.say(fact, of);
    for (const fact of ["order.cancelling", ...released] as const) hall.say(fact, of);
    const after = orderOf();
    await reach(after, 0);
    expect(await hall.sagaOf(of)).to.equal(undefined);
    expect(await hall.dead()).to.deep.equal([]);
  });

  it("makes an answer that nobody asked for a dead letter at once, also one that is otherwise retried for ever", async () => {
    const stranger = orderOf();
    const known = orderOf();
    const sent = await reach(known, 0);
    hall.say("funds.reserved", stranger);
    hall.say("stock.reserved", known);
    hall.say("payment.refunded", known);
    await eventually(async () => {
      expect((await hall.dead()).sort()).to.deep.equal([
        `funds.reserved: Unexpected: saga ${stranger.orderId} hears of step funds, which it never asked for`,
        `payment.refunded: Unexpected: saga ${known.orderId} hears of the compensation of payment, which it never asked for`,
        `stock.reserved: Unexpected: saga ${known.orderId} hears of step stock, which it never asked for`,
      ]);
    });
    expect(await hall.sagaOf(stranger)).to.equal(undefined);
    expect(hall.sent(known)).to.deep.equal(sent);
  });

  it("asks the order to cancel when an operator aborts it, once", async () => {
    const of = orderOf();
    const sent = await reach(of, 1);
    const request = { sagaId: of.orderId, reason: "" };
    const asked = await Promise.all([1, 2, 3].map(() => hall.stage.ask<object>("abortSaga", request)));
    expect(asked[1]).to.deep.equal(asked[0]);
    await hall.sends(of, ...sent, "order.cancel");
    hall.say("order.cancelling", of, "CANCELLED_BY_USER");
    await undo(of, [...sent, "order.cancel"]);
  });

  it("is conducted by all replicas together: twenty sagas, every message three times, and nothing sent twice", async () => {
    await Promise.all([hall.stage.join(), hall.stage.join()]);
    const orders = Array.from({ length: 20 }, () => orderOf());
    const thrice = async (fact: Parameters<typeof hall.say>[0], then: readonly string[]) => {
      for (let time = 0; time < 3; time++) for (const of of orders) hall.say(fact, of);
      await eventually(() => {
        for (const of of orders) expect(hall.sent(of).slice(-then.length)).to.deep.equal(then);
      });
      await hall.compare();
    };
    await thrice("order.placed", ["funds.reserve"]);
    await thrice("funds.reserved", ["funds.reserve", "slots.reserve"]);
    await thrice("slots.rejected", ["slots.reserve"]);
    await thrice("order.cancelling", ["slots.reserve", "payment.refund"]);
    for (const [at, fact] of released.entries()) {
      await thrice(fact, [...releases.slice(0, at + 1), releases[at + 1] ?? "saga.compensated"].slice(-2));
    }
    for (const of of orders) {
      expect(hall.sent(of)).to.deep.equal(["funds.reserve", "slots.reserve", ...releases, "saga.compensated"]);
    }
    const { rows } = await hall.stage.store.knex.raw<{ rows: { facts: bigint; last: bigint }[] }>(
      "select count(*) as facts, max(version) as last from outbox group by aggregate",
    );
    for (const { facts, last } of rows) expect(facts).to.equal(last);
  });
});

describe("a saga that is kept waiting", () => {
  const hall = new Hall();
  before(() => hall.open({ stepTimeout: 0.4, retry: { tries: 2, firstDelay: 0.2, factor: 2, maxDelay: 60 } }));
  after(() => hall.stage.close());

  it("asks the order to cancel when a step is late, once for all replicas, and compensates the late success", async () => {
    await hall.stage.join();
    const of = orderOf();
    hall.say("order.placed", of);
    await hall.sends(of, "funds.reserve", "order.cancel");
    hall.say("funds.reserved", of);
    await eventually(async () => expect((await hall.sagaOf(of))?.steps[0]?.state).to.equal("SUCCEEDED"));
    hall.say("order.cancelling", of, "STEP_TIMED_OUT");
    const sent = ["funds.reserve", "order.cancel"];
    for (const [at, fact] of released.entries()) {
      await eventually(() => expect(hall.sent(of)).to.include.members([...sent, ...releases.slice(0, at + 1)]));
      hall.say(fact, of);
    }
    expect(await hall.becomes(of, "COMPENSATED")).to.include({ code: "STEP_TIMED_OUT" });
    const { rows } = await hall.stage.store.knex.raw<{ rows: { event: string }[] }>(
      "select event from saga_log where saga_id = ? and event is not null order by number limit 3",
      [of.orderId],
    );
    expect(rows.map(({ event }) => event)).to.deep.equal(["START", "SUCCESS", "TIMEOUT"]);
    expect(hall.sent(of).filter((type) => type === "order.cancel")).to.have.length(1);
  });

  it("is FAILED and loud when a release is not answered; the rest goes on; a retry or the late answer settles it", async () => {
    const of = orderOf();
    hall.say("order.cancelling", of, "EXPIRED");
    const answer = async (at: number) => {
      const [command, fact] = [releases[at] as string, released[at]];
      await eventually(() => expect(hall.sent(of)).to.include(command));
      if (fact !== undefined) hall.say(fact, of);
    };
    for (const at of [0, 1, 3, 4]) await answer(at);
    const failed = await hall.becomes(of, "FAILED");
    expect(failed.steps.map(({ compensation }) => compensation)).to.deep.equal([
      ...["SUCCEEDED", "SUCCEEDED", "GIVEN_UP", "SUCCEEDED", "SUCCEEDED"],
    ]);
    expect(hall.sent(of).filter((type) => type === "stock.release")).to.have.length(2);
    const told = () => hall.alarms.filter((one) => (one as { sagaId: string }).sagaId === of.orderId);
    await eventually(() => expect(told()).to.deep.equal([{ sagaId: of.orderId, attempt: 1, open: ["stock"] }]));

    await hall.stage.ask("retryCompensation", { sagaId: of.orderId });
    await eventually(() => expect(told()).to.have.length(2));
    expect(await hall.becomes(of, "FAILED")).to.include({ attempt: 2 });
    hall.say("stock.released", of);
    expect(await hall.becomes(of, "COMPENSATED")).to.include({ attempt: 3, code: "EXPIRED" });
    await eventually(() => expect(hall.sent(of).at(-1)).to.equal("saga.compensated"));
  });
});
