// Cancellations, duplicates and poison at random: whatever comes when, every order ends one way and the books agree.
import { connectBus, observe, type Observed, subjectName } from "@pavane/bus";
import { catalogue, decodeEnvelope, encodeFact } from "@pavane/contracts";
import { DeadLetterState, OperationsServiceDefinition } from "@pavane/contracts/operations";
import { OrderStatus } from "@pavane/contracts/order";
import { type Client, client, RpcError } from "@pavane/rpc";
import { newEventId } from "@pavane/store";
import { eventually, purchase } from "@pavane/testkit";
import { expect } from "chai";
import { mixture, type Placed, type Shop, theShop, wishes } from "./shop.js";

const announcers = ["order", "user", "inventory", "item", "shipping", "payment"];

describe("with chaos", function () {
  this.timeout(120_000);
  let shop: Shop;
  const closing: (() => unknown)[] = [];
  before(async () => {
    shop = await theShop();
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  async function openBus() {
    const { nats, namespace } = shop.stack.state();
    const bus = await connectBus({ servers: nats, name: "chaos", namespace });
    closing.push(() => bus.close());
    return bus;
  }

  function operations(service: string): Client<OperationsServiceDefinition> {
    const one = client(OperationsServiceDefinition, shop.stack.address(service));
    closing.push(() => one.close());
    return one;
  }

  /** Publishes every fact again once, the same bytes without the id by which the broker would know it, some time later. */
  async function duplicate() {
    const bus = await openBus();
    const seen = new Map<string, Observed>();
    const timers: NodeJS.Timeout[] = [];
    let again = 0;
    const publish = ({ type, data }: Observed): void => {
      again += 1;
      bus.connection.publish(subjectName(bus.namespace, type), data);
    };
    const onFact = (fact: Observed): void => {
      const { id } = decodeEnvelope(fact.data);
      if (seen.has(id)) return;
      seen.set(id, fact);
      if (Math.random() < 0.6) timers.push(setTimeout(() => publish(fact), Math.random() * 1_500));
    };
    const looking = await observe({ bus, owners: announcers, onFact });
    closing.push(async () => {
      await looking.stop();
      timers.forEach(clearTimeout);
    });
    return {
      count: () => again,
      everything: () => [...seen.values()].sort(() => Math.random() - 0.5).forEach(publish),
    };
  }

  /** Places an order, and cancels it at some moment of its life. */
  async function changeMind(turn: number): Promise<string> {
    const wish = [...mixture, wishes.slow][turn % (mixture.length + 1)] ?? wishes.wallet;
    await pause(Math.random() * 2_000);
    const { orderId } = await shop.buy(wish);
    await pause(Math.random() ** 3 * 2_500);
    try {
      await shop.services.order.cancelOrder({ orderId, reason: "thought again" });
    } catch (error) {
      expect(error).to.include({ code: "FAILED_PRECONDITION", reason: "ORDER_COMPLETED" });
    }
    return orderId;
  }

  it("orders cancelled at random, and every fact delivered again, end whole", async () => {
    const duplicates = await duplicate();
    const ids = await Promise.all(Array.from({ length: 105 }, (_, turn) => changeMind(turn)));
    const ends = new Map<string, number>();
    for (const orderId of ids) {
      const found = await eventually(
        async () => {
          const { order } = await shop.services.order.getOrder({ orderId });
          expect(order.status).to.be.oneOf([OrderStatus.COMPLETED, OrderStatus.CANCELLED]);
          return order.status === OrderStatus.COMPLETED ? "COMPLETED" : order.code;
        },
        { timeout: 40_000 },
      );
      ends.set(found, (ends.get(found) ?? 0) + 1);
    }
    console.log(`      ${[...ends].map(([end, count]) => `${count} ${end}`).join(", ")}`);
    // Of both ends, or nothing was tried.
    expect([...ends.keys()]).to.include.members(["COMPLETED", "CANCELLED_BY_USER"]);
    await shop.audited();

    duplicates.everything();
    expect(duplicates.count()).to.be.above(ids.length * 5);
    // What comes behind them in every stream has passed when this order has ended.
    await shop.ended([await shop.buy(wishes.mixed), await shop.buy(wishes.soldOut)]);
    await shop.audited();
  });

  it("garbage, and a fact that breaks its rules, become dead letters, and all others pass", async () => {
    const bus = await openBus();
    const user = operations("user");
    const orderId = `poison-${Date.now()}`;
    const placed = catalogue["order.placed"];
    const empty = { purchase: purchase({ orderId, lines: [] }) };
    const broken = encodeFact(placed, empty, { id: newEventId(), time: new Date(), version: 1n });
    bus.connection.publish(subjectName(bus.namespace, "order.placed"), Buffer.from("no fact at all"));
    bus.connection.publish(subjectName(bus.namespace, "order.placed"), broken);
    bus.connection.publish(subjectName(bus.namespace, "slots.reserved"), broken);
    const list = async (service: typeof user, state: DeadLetterState) =>
      (await service.listDeadLetters({ state, fact: "", orderId: "", pageSize: 0, pageToken: "" })).deadLetters;

    const bought: Placed[] = [];
    for (const wish of mixture) bought.push(await shop.buy(wish));
    await shop.ended(bought);

    await eventually(async () => {
      const garbage = (await list(user, DeadLetterState.DEAD)).find(({ orderId: of }) => of === "");
      expect(garbage).to.include({ fact: "order.placed", attempts: 1 });
    });
    const another = await eventually(async () => {
      // The envelope says what it is: not what its subject says.
      const [letter] = await list(operations("item"), DeadLetterState.DEAD);
      expect(letter).to.include({ fact: "slots.reserved", orderId });
      return letter;
    });
    // It is tried five times: the rules may be those of an older version.
    const rules = await eventually(
      async () => {
        const letter = (await list(user, DeadLetterState.DEAD)).find(({ orderId: of }) => of === orderId);
        expect(letter).to.include({ fact: "order.placed", attempts: 5 });
        expect(letter?.reason).to.contain("lines");
        return letter;
      },
      { timeout: 60_000, interval: 250 },
    );
    const { deadLetter } = await user.getDeadLetter({ deadLetterId: rules?.deadLetterId ?? "" });
    expect(Buffer.from(broken).equals(deadLetter.message)).to.equal(true);

    await skip(operations("item"), another?.deadLetterId ?? "");
    // The saga hears all three.
    const saga = operations("saga");
    await eventually(async () => expect(await list(saga, DeadLetterState.DEAD)).to.have.length(3), { timeout: 60_000 });
    for (const service of [user, saga]) {
      for (const { deadLetterId } of await list(service, DeadLetterState.DEAD)) await skip(service, deadLetterId);
    }
    await shop.audited();
  });
});

async function skip(service: Client<OperationsServiceDefinition>, deadLetterId: string): Promise<void> {
  await service.skipDeadLetter({ deadLetterId, reason: "made by a test" });
  const again = service.skipDeadLetter({ deadLetterId, reason: "again" });
  expect(await again.catch((error: RpcError) => error.reason)).to.equal("DEAD_LETTER_CLOSED");
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, milliseconds));
}
