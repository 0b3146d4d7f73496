// The saga's own process through its public door: reading, watching, aborting, retrying, and an alarm a person can find.

import { type Bus, connectBus } from "@pavane/bus";
import { catalogue, encodeFact, type Facts } from "@pavane/contracts";
import { type Purchase } from "@pavane/contracts/purchase";
import {
  CompensationStatus,
  SagaServiceDefinition,
  SagaStatus,
  StepStatus,
  type WatchSagaResponse,
} from "@pavane/contracts/saga";
import type { FactType } from "@pavane/kernel";
import { type Client, client, RpcError } from "@pavane/rpc";
import { newEventId } from "@pavane/store";
import { database, eventually, namespace, natsUrl, type Program, program } from "@pavane/testkit";
import { expect } from "chai";
import { orderOf, released } from "./given.js";

describe("the door of saga", () => {
  const closing: (() => Promise<unknown>)[] = [];
  const space = namespace();
  let process: Program;
  let bus: Bus;
  let rpc: Client<SagaServiceDefinition>;

  before(async () => {
    const home = await database();
    closing.push(() => home.drop());
    process = program(new URL("../src/main.js", import.meta.url), {
      ...{ DATABASE_URL: home.url, NATS_URL: natsUrl(), NAMESPACE: space, GRPC_PORT: "0" },
      ...{ SAGA_RETRY_TRIES: "1", SAGA_RETRY_FIRST_SECONDS: "0.3" },
    });
    closing.push(async () => expect(await process.stop()).to.equal(0));
    rpc = client(SagaServiceDefinition, `127.0.0.1:${await process.logged("grpc_port")}`);
    closing.push(async () => rpc.close());
    await process.logged("admin_port");
    bus = await connectBus({ servers: natsUrl(), name: "door", namespace: space });
    closing.push(() => bus.close());
  });
  after(async () => {
    for (const close of closing.toReversed()) await close();
  });

  function say(name: keyof Facts, of: Purchase, code = "EXPIRED"): void {
    const fact = catalogue[name] as unknown as FactType<string, object>;
    const rest = { code, reason: "", amount: of.total, slots: 0, reference: "", settled: false };
    const message = encodeFact(fact, { purchase: of, ...rest }, { id: newEventId(), version: 1n, time: new Date() });
    bus.connection.publish(`${space}.${name}`, message);
  }

  async function refusal(call: Promise<unknown>): Promise<string> {
    try {
      await call;
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      return [error.code, error.reason, ...error.violations.map(({ field }) => field)].join(" ");
    }
    return "taken";
  }

  const statusOf = async ({ orderId: sagaId }: Purchase) => (await rpc.getSaga({ sagaId })).saga.status;
  const becomes = (of: Purchase, status: SagaStatus) =>
    eventually(async () => expect(await statusOf(of).catch(() => undefined)).to.equal(status));
  const every = { status: SagaStatus.UNSPECIFIED, userId: "", pageSize: 0, pageToken: "" };

  it("shows a saga with its steps and its log, and everything that happens to it while it is watched", async () => {
    const of = orderOf({ userId: "watched" });
    const { orderId: sagaId } = of;
    say("order.placed", of);
    await becomes(of, SagaStatus.EXECUTING);
    const seen: WatchSagaResponse[] = [];
    const watching = (async () => {
      for await (const answer of rpc.watchSaga({ sagaId })) seen.push(answer);
    })();
    await eventually(() => expect(seen[0]?.log.map(({ kind }) => kind)).to.deep.equal(["STARTED", "STEP_SENT"]));
    expect(seen[0]?.saga).to.include({ status: SagaStatus.EXECUTING, currentStep: "funds", attempt: 1 });
    say("funds.rejected", of, "INSUFFICIENT_BALANCE");
    await eventually(() => expect(seen.length).to.be.greaterThan(1));
    say("order.cancelling", of, "INSUFFICIENT_BALANCE");
    for (const fact of released) {
      const next = async () =>
        (await rpc.getSaga({ sagaId })).saga.steps.filter((step) => step.compensation === CompensationStatus.SENT);
      await eventually(async () => expect(await next()).to.have.length(1));
      say(fact, of);
      await eventually(async () =>
        expect(
          (await rpc.getSaga({ sagaId })).log.filter(({ kind }) => kind === "COMPENSATION_SUCCEEDED"),
        ).to.have.length(released.indexOf(fact) + 1),
      );
    }
    await watching;
    const { saga, log } = await rpc.getSaga({ sagaId });
    expect(seen.at(-1)?.saga).to.deep.equal(saga);
    expect(seen.flatMap((answer) => answer.log)).to.deep.equal(log);
    expect(log.map(({ number }) => number)).to.deep.equal(log.map((_, at) => BigInt(at + 1)));
    expect(saga).to.include({ status: SagaStatus.COMPENSATED, code: "INSUFFICIENT_BALANCE", currentStep: "" });
    expect(saga.steps[0]).to.include({
      step: 1,
      name: "funds",
      status: StepStatus.REJECTED,
      code: "INSUFFICIENT_BALANCE",
    });
    expect(saga.purchase).to.deep.include({ orderId: of.orderId, userId: "watched", lines: of.lines });
    expect(saga.endTime).to.be.instanceOf(Date);
  });

  it("lists sagas by status, user and date, page by page, and counts them", async () => {
    const from = new Date();
    const orders = Array.from({ length: 5 }, () => orderOf({ userId: "lister" }));
    for (const of of orders) {
      say("order.placed", of);
      await becomes(of, SagaStatus.EXECUTING);
    }
    const ids = orders.map(({ orderId }) => orderId).toReversed();
    const first = await rpc.listSagas({ ...every, userId: "lister", pageSize: 3 });
    const second = await rpc.listSagas({ ...every, userId: "lister", pageSize: 3, pageToken: first.nextPageToken });
    expect([...first.sagas, ...second.sagas].map(({ sagaId }) => sagaId)).to.deep.equal(ids);
    expect(second.nextPageToken).to.equal("");
    const listed = async (filter: object) =>
      (await rpc.listSagas({ ...every, userId: "lister", ...filter })).sagas.length;
    expect(await listed({ status: SagaStatus.EXECUTING })).to.equal(5);
    expect(await listed({ status: SagaStatus.COMPLETED })).to.equal(0);
    expect(await listed({ startTime: from })).to.equal(5);
    expect(await listed({ endTime: from })).to.equal(0);
    expect(await refusal(rpc.listSagas({ ...every, pageToken: first.nextPageToken }))).to.equal(
      "INVALID_ARGUMENT INVALID_PAGE_TOKEN",
    );
    const statistics = await rpc.getStatistics({ userId: "lister" });
    expect(statistics.total).to.equal(5n);
    expect(statistics.counts).to.have.length(5);
    expect(statistics.counts.find(({ status }) => status === SagaStatus.EXECUTING)?.count).to.equal(5n);
    expect((await rpc.getStatistics({ userId: "", endTime: new Date(0) })).total).to.equal(0n);
  });

  it("logs a FAILED saga as an error, and takes it up again when asked to", async () => {
    const of = orderOf();
    const { orderId: sagaId } = of;
    say("order.cancelling", of);
    await becomes(of, SagaStatus.FAILED);
    expect(await process.logged("order_id")).to.equal(sagaId);
    expect(await refusal(rpc.abortSaga({ sagaId, reason: "" }))).to.equal("taken");
    const { saga } = await rpc.retryCompensation({ sagaId });
    expect(saga).to.include({ status: SagaStatus.COMPENSATING, attempt: 2, currentStep: "payment" });
    // Asked for in the first attempt, the answers count in the second, in whatever order they come.
    for (const fact of released) say(fact, of);
    await becomes(of, SagaStatus.COMPENSATED);
    expect(await refusal(rpc.retryCompensation({ sagaId }))).to.equal("FAILED_PRECONDITION SAGA_NOT_FAILED");
  });

  it("refuses with a status, a code and the fields that are wrong", async () => {
    const nobody = { sagaId: "nobody", reason: "" };
    for (const call of [rpc.getSaga, rpc.retryCompensation, rpc.abortSaga, collect]) {
      expect(await refusal(call(nobody))).to.equal("NOT_FOUND SAGA_NOT_FOUND");
    }
    expect(await refusal(rpc.getSaga({ sagaId: "no body" }))).to.equal("INVALID_ARGUMENT INVALID_REQUEST saga_id");
    expect(await refusal(rpc.listSagas({ ...every, pageSize: -1 }))).to.equal(
      "INVALID_ARGUMENT INVALID_REQUEST page_size",
    );
  });

  async function collect(request: { sagaId: string }): Promise<void> {
    for await (const _ of rpc.watchSaga(request)) continue;
  }
});
