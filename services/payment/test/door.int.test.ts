// Payment's own process through its public door: an RPC's answers and refusals, and an alarm that a person can find.

import { connectBus } from "@pavane/bus";
import { catalogue, encodeFact, type Facts } from "@pavane/contracts";
import { PaymentServiceDefinition, PaymentState } from "@pavane/contracts/payment";
import { PaymentMethod } from "@pavane/contracts/purchase";
import type { FactType } from "@pavane/kernel";
import { type Client, client, RpcError } from "@pavane/rpc";
import { newEventId } from "@pavane/store";
import { database, eventually, namespace, natsUrl, type Program, program, purchase } from "@pavane/testkit";
import { expect } from "chai";
import { startSandbox } from "./provider.js";

describe("the door of payment", () => {
  const closing: (() => Promise<unknown>)[] = [];
  let payment: Program;
  let rpc: Client<PaymentServiceDefinition>;
  let say: <Name extends keyof Facts>(name: Name, data: Facts[Name]) => void;

  before(async () => {
    const home = await database();
    closing.push(() => home.drop());
    const sandbox = await startSandbox(0);
    closing.push(() => sandbox.close());
    const space = namespace();
    payment = program(new URL("../src/main.js", import.meta.url), {
      DATABASE_URL: home.url,
      NATS_URL: natsUrl(),
      NAMESPACE: space,
      SANDBOX_URL: sandbox.url,
      GRPC_PORT: "0",
    });
    closing.push(async () => expect(await payment.stop()).to.equal(0));
    rpc = client(PaymentServiceDefinition, `127.0.0.1:${await payment.logged("grpc_port")}`);
    closing.push(async () => rpc.close());
    await payment.logged("admin_port");
    const bus = await connectBus({ servers: natsUrl(), name: "door", namespace: space });
    closing.push(() => bus.close());
    say = (name, data) => {
      const fact: FactType<string, Facts[typeof name]> = catalogue[name];
      const message = encodeFact(fact, data, { id: newEventId(), version: 1n, time: new Date() });
      bus.connection.publish(`${space}.${name}`, message);
    };
  });
  after(async () => {
    for (const close of closing.toReversed()) await close();
  });

  /** How a call is refused: its status, its code, and the fields that break rules. */
  async function refusal(call: Promise<unknown>): Promise<string> {
    try {
      await call;
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      return [error.code, error.reason, ...error.violations.map(({ field }) => field)].join(" ");
    }
    return "taken";
  }

  it("shows a payment, logs its refused refund as an error, and settles it", async () => {
    const bought = purchase({ paymentMethod: PaymentMethod.CARD, cardToken: "tok_refund_refused" });
    const { orderId } = bought;
    say("stock.reserved", { purchase: bought });
    await eventually(async () =>
      expect((await rpc.getPayment({ orderId })).payment.state).to.equal(PaymentState.CAPTURED),
    );
    const settle = { orderId, reference: "transfer-7", reason: "paid by bank" };
    expect(await refusal(rpc.settleRefund(settle))).to.equal("FAILED_PRECONDITION REFUND_NOT_REFUSED");
    say("order.cancelling", { purchase: bought, code: "CANCELLED_BY_USER", reason: "" });
    expect(await payment.logged("order_id")).to.equal(orderId);
    const listed = async () => {
      const page = { userId: "", state: PaymentState.REFUNDING, refundRefused: true, pageSize: 0, pageToken: "" };
      return (await rpc.listPayments(page)).payments.map((one) => one.orderId);
    };
    await eventually(async () => expect(await listed()).to.deep.equal([orderId]));
    const { payment: settled } = await rpc.settleRefund(settle);
    expect(settled).to.include({ state: PaymentState.REFUNDED, settled: true, method: PaymentMethod.CARD });
    expect(settled.amount).to.deep.equal(bought.total);
    expect((await rpc.getPayment({ orderId })).payment).to.deep.equal(settled);
    expect(await listed()).to.deep.equal([]);
  });

  it("refuses with a status, a code and the fields that are wrong", async () => {
    expect(await refusal(rpc.getPayment({ orderId: "nobody" }))).to.equal("NOT_FOUND PAYMENT_NOT_FOUND");
    expect(await refusal(rpc.getPayment({ orderId: "no body" }))).to.equal("INVALID_ARGUMENT INVALID_REQUEST order_id");
    const empty = { orderId: "nobody", reference: "", reason: "" };
    expect(await refusal(rpc.settleRefund(empty))).to.equal("INVALID_ARGUMENT INVALID_REQUEST reference reason");
    const page = { userId: "", state: PaymentState.UNSPECIFIED, refundRefused: false, pageSize: 0, pageToken: "x" };
    expect(await refusal(rpc.listPayments(page))).to.equal("INVALID_ARGUMENT INVALID_PAGE_TOKEN");
    expect(await refusal(rpc.listPayments({ ...page, pageSize: -1 }))).to.equal(
      "INVALID_ARGUMENT INVALID_REQUEST page_size",
    );
  });
});
