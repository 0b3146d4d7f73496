// A card's money when the provider or payment itself forgets, breaks or dies in the middle: taken once, given back once.
import { PaymentState } from "@pavane/contracts/payment";
import { readProvider } from "@pavane/local";
import { eventually } from "@pavane/testkit";
import { expect } from "chai";
import { type Placed, type Shop, theShop, wishes } from "./shop.js";

describe("a card", function () {
  this.timeout(120_000);
  let shop: Shop;
  before(async () => {
    shop = await theShop();
  });

  const buy = (token: string, count: number): Promise<Placed[]> =>
    Promise.all(Array.from({ length: count }, () => shop.buy({ ...wishes.card, card: token })));

  /** What the provider says it did for each order, oldest first: its status, and how often it was asked. */
  async function provider() {
    const url = shop.stack.state().services["sandbox"]?.replicas[0]?.http ?? "";
    const { chargesOf, refundsOf } = await readProvider(url);
    return {
      charges: (orderId: string) => chargesOf(orderId).map(({ status }) => status),
      refunds: (orderId: string) => refundsOf(orderId).map(({ status }) => status),
    };
  }

  async function reaches(orderId: string, state: PaymentState): Promise<void> {
    await eventually(async () => {
      const { payment } = await shop.services.payment.getPayment({ orderId });
      expect(payment.state).to.equal(state);
    });
  }

  it("is charged exactly once when the provider breaks, forgets to answer, or dies after the charge", async () => {
    const tokens = ["tok_flaky", "tok_crash_after_charge", "tok_silent"];
    const bought = (await Promise.all(tokens.map((token) => buy(token, 3)))).flat();
    await shop.ended(bought);
    const { charges, refunds } = await provider();
    for (const { orderId } of bought) {
      expect({ charges: charges(orderId), refunds: refunds(orderId) }, orderId).to.deep.equal({
        charges: ["APPROVED"],
        refunds: [],
      });
    }
    await shop.audited();
  });

  it("is charged exactly once when payment, or the provider, is killed in the middle of a slow charge", async () => {
    const bought = await buy("tok_slow", 4);
    for (const { orderId } of bought) await reaches(orderId, PaymentState.PENDING);
    await shop.stack.kill("payment");
    const others = await buy("tok_slow", 4);
    await shop.stack.start("payment");
    for (const { orderId } of others) await reaches(orderId, PaymentState.PENDING);
    await shop.stack.kill("sandbox");
    await shop.stack.start("sandbox");
    await shop.ended([...bought, ...others]);
    const { charges } = await provider();
    for (const { orderId } of [...bought, ...others]) expect(charges(orderId), orderId).to.deep.equal(["APPROVED"]);
    await shop.audited();
  });

  it("gets its money back once when its order is cancelled during a charge, with payment killed and a silent refund", async () => {
    const slow = await buy("tok_slow", 3);
    const silent = await buy("tok_refund_silent", 3);
    const orders = [...slow, ...silent].map(({ orderId, wish }) => ({
      orderId,
      wish: { ...wish, code: "CANCELLED_BY_USER" },
    }));
    for (const { orderId } of slow) await reaches(orderId, PaymentState.PENDING);
    const cancelled: Placed[] = [];
    for (const order of orders) {
      const { orderId } = order;
      const answer = await shop.services.order.cancelOrder({ orderId, reason: "" }).catch(() => undefined);
      if (answer !== undefined) cancelled.push(order);
    }
    await shop.stack.kill("payment");
    await shop.stack.start("payment");
    // The slow ones at least were still under way.
    expect(cancelled.length).to.be.at.least(slow.length);
    await shop.ended(cancelled);
    const { charges, refunds } = await provider();
    for (const { orderId } of cancelled) {
      const taken = charges(orderId).filter((status) => status === "APPROVED").length;
      expect(taken, orderId).to.be.at.most(1);
      expect(refunds(orderId).filter((status) => status === "REFUNDED").length, orderId).to.equal(taken);
    }
    await shop.audited();
  });
});
