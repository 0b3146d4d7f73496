// Orchestrated purchases on the whole system: conducted by two replicas, through kill -9, outages and refusals.
import { type Services, connectServices, runAudit, scratch, type Stack, startStack } from "@pavane/local";
import { type PlaceOrderRequest, OrderStatus } from "@pavane/contracts/order";
import { ItemKind, PaymentMethod, PurchaseMode, ServiceLevel } from "@pavane/contracts/purchase";
import { CompensationStatus, type Saga, SagaStatus, StepStatus } from "@pavane/contracts/saga";
import { money } from "@pavane/kernel";
import { databaseUrl, eventually, namespace, natsUrl } from "@pavane/testkit";
import { expect } from "chai";

const dollars = (amount: number) => money("USD", BigInt(amount) * 100n);
const patience = { timeout: 60_000 };

describe("orchestrated purchases", function () {
  this.timeout(180_000);
  let stack: Stack;
  let services: Services;

  before(async () => {
    stack = await startStack({
      dir: scratch(),
      namespace: namespace(),
      databaseUrl: databaseUrl(),
      natsUrl: natsUrl(),
      replicas: { saga: 2 },
      env: {
        ...{ ORDER_DEADLINE_SECONDS: "60", SAGA_STEP_TIMEOUT_SECONDS: "20" },
        ...{ SAGA_RETRY_TRIES: "2", SAGA_RETRY_FIRST_SECONDS: "0.5" },
      },
    });
    services = connectServices(stack.state());
    const { user, item } = services;
    await user.createUser({
      userId: "ann",
      name: "Ann",
      email: "",
      currencyCode: "USD",
      purchaseLimit: dollars(9_000),
    });
    await user.deposit({ userId: "ann", depositId: "first", amount: dollars(100_000) });
    const sword = { itemId: "sword", name: "Sword", kind: ItemKind.DIGITAL, price: dollars(10), available: true };
    await item.createItem({ ...sword, initialStock: 30n });
    await item.createItem({ ...sword, itemId: "boots", name: "Boots", kind: ItemKind.PHYSICAL, initialStock: 100n });
    await eventually(() => services.order.placeOrder(request("known")), patience);
    await settled(["known"]);
  });
  after(async () => {
    services?.close();
    await stack?.close();
  });

  function request(orderId: string, changes: Partial<PlaceOrderRequest> = {}): PlaceOrderRequest {
    return {
      ...{ orderId, userId: "ann", lines: [{ itemId: "boots", quantity: 1 }], cardToken: "" },
      ...{ paymentMethod: PaymentMethod.WALLET, serviceLevel: ServiceLevel.STANDARD },
      shippingAddress: address,
      ...{ mode: PurchaseMode.ORCHESTRATED, ...changes },
    };
  }

  const statusOf = async (orderId: string) => (await services.order.getOrder({ orderId })).order.status;
  const sagaOf = async (sagaId: string): Promise<Saga> => (await services.saga.getSaga({ sagaId })).saga;
  const ends = new Map([
    [OrderStatus.COMPLETED, SagaStatus.COMPLETED],
    [OrderStatus.CANCELLED, SagaStatus.COMPENSATED],
  ]);

  /** Waits until every order has ended and its saga has ended likewise. */
  async function settled(orderIds: readonly string[]): Promise<void> {
    for (const orderId of orderIds) {
      await eventually(async () => {
        const end = ends.get(await statusOf(orderId));
        expect(end, `${orderId} has ended`).not.to.equal(undefined);
        expect((await sagaOf(orderId)).status).to.equal(end);
      }, patience);
    }
  }

  const sound = async () => {
    const { findings, violations } = await runAudit(stack.state(), { settleSeconds: 20 });
    expect(findings.flatMap((finding) => finding.violations)).to.deep.equal([]);
    expect(violations).to.equal(0);
  };

  it("all end, half of them refused, though each replica of the saga is killed in the middle of them", async () => {
    const orderIds = Array.from({ length: 60 }, (_, at) => `crowd-${at}`);
    const place = async (orderId: string, at: number) => {
      const card = at % 3 === 0 ? { paymentMethod: PaymentMethod.CARD, cardToken: "tok_approved" } : {};
      await services.order.placeOrder(request(orderId, { lines: [{ itemId: "sword", quantity: 1 }], ...card }));
    };
    const placing = Promise.all(orderIds.map(place));
    await stack.kill("saga", 1);
    await placing;
    await stack.start("saga", 1);
    await stack.kill("saga", 0);
    await stack.start("saga", 0);
    services.close();
    services = connectServices(stack.state());
    await settled(orderIds);
    const statuses = await Promise.all(orderIds.map(statusOf));
    expect(statuses.filter((status) => status === OrderStatus.COMPLETED)).to.have.length(30);
    await sound();
  });

  it("release all five in strict reverse order after a refusal, and say what came of each step", async () => {
    await services.order.placeOrder(request("refused", { shippingAddress: { ...address, country: "AQ" } }));
    await settled(["refused"]);
    const { saga, log } = await services.saga.getSaga({ sagaId: "refused" });
    expect(saga.code).to.equal("ADDRESS_UNDELIVERABLE");
    expect(saga.steps.map(({ status }) => status)).to.deep.equal([
      ...[StepStatus.SUCCEEDED, StepStatus.SUCCEEDED, StepStatus.SUCCEEDED, StepStatus.REJECTED, StepStatus.PENDING],
    ]);
    const undone = log.filter(({ kind }) => kind === "COMPENSATION_SUCCEEDED").map(({ step }) => step);
    expect(undone).to.deep.equal(["payment", "shipment", "stock", "slots", "funds"]);
  });

  it("are cancelled when an operator aborts them, and can be watched meanwhile", async () => {
    const slow = { paymentMethod: PaymentMethod.CARD, cardToken: "tok_slow" };
    await services.order.placeOrder(request("aborted", slow));
    const kinds: string[] = [];
    await eventually(async () => expect((await sagaOf("aborted")).currentStep).to.equal("payment"), patience);
    const watching = (async () => {
      for await (const { log } of services.saga.watchSaga({ sagaId: "aborted" }))
        kinds.push(...log.map(({ kind }) => kind));
    })();
    await services.saga.abortSaga({ sagaId: "aborted", reason: "a test" });
    await settled(["aborted"]);
    expect(await statusOf("aborted")).to.equal(OrderStatus.CANCELLED);
    await watching;
    expect(kinds)
      .to.include.members(["STARTED", "CANCEL_ASKED", "COMPENSATING"])
      .and.satisfy((all: string[]) => all.at(-1) === "COMPENSATED" || all.at(-1) === "FAILED");
    await sound();
  });

  it("are FAILED while a participant is down, and settle by its late answer; choreographed ones run beside them", async () => {
    const { pid } = stack.state().services["inventory"]?.replicas[0] ?? { pid: 0 };
    process.kill(pid, "SIGSTOP");
    try {
      await services.order.placeOrder(request("stuck"));
      await eventually(async () => expect((await sagaOf("stuck")).currentStep).to.equal("slots"), patience);
      await services.order.cancelOrder({ orderId: "stuck", reason: "" });
      await eventually(async () => expect((await sagaOf("stuck")).status).to.equal(SagaStatus.FAILED), patience);
      expect((await sagaOf("stuck")).steps.map(({ compensation }) => compensation)).to.deep.equal(
        ["funds", "slots", "stock", "shipment", "payment"].map((step) => {
          return step === "slots" ? CompensationStatus.GIVEN_UP : CompensationStatus.SUCCEEDED;
        }),
      );
    } finally {
      process.kill(pid, "SIGCONT");
    }
    await services.order.placeOrder(request("beside", { mode: PurchaseMode.CHOREOGRAPHED }));
    await settled(["stuck"]);
    expect((await sagaOf("stuck")).attempt).to.equal(2);
    await eventually(async () => expect(await statusOf("beside")).to.equal(OrderStatus.COMPLETED), patience);
    expect(await services.saga.getSaga({ sagaId: "beside" }).catch(String)).to.contain("SAGA_NOT_FOUND");
    await sound();
  });
});

const address = { name: "Ann", street: "1 Main St", city: "Springfield", postalCode: "12345", country: "US" };
