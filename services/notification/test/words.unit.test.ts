import { money } from "@pavane/kernel";
import { line, purchase } from "@pavane/testkit";
import { expect } from "chai";
import { words } from "../src/words.js";

describe("the words", () => {
  const sword = line({ itemId: "sword", unitPrice: money("USD", 10_000n) });
  const potion = line({ itemId: "potion", quantity: 3, unitPrice: money("USD", 2_000n) });
  const order = purchase({ orderId: "order-7", lines: [sword, potion] });

  it("of order.completed say what was paid and for what", () => {
    expect(words["order.completed"]({ purchase: order }, "Ada")).to.deep.equal({
      subject: "Your order order-7 is complete",
      body: "Dear Ada,\n\nThank you. You have paid 160.00 USD for:\n  1 x sword\n  3 x potion\n\nPavane",
    });
  });

  it("of order.cancelled say why", () => {
    const { body } = words["order.cancelled"](
      { purchase: order, code: "OUT_OF_STOCK", reason: "no sword is left" },
      "Ada",
    );
    expect(body).to.contain("Your order of 160.00 USD was cancelled: no sword is left (OUT_OF_STOCK).");
    expect(words["order.cancelled"]({ purchase: order, code: "EXPIRED", reason: "" }, "Ada").body).to.contain(
      ": EXPIRED.",
    );
  });

  it("of a review say that nothing was charged, and then that it begins", () => {
    expect(words["order.submitted"]({ purchase: order }, "").body).to.match(/^Hello,\n[^]*Nothing has been charged\./);
    expect(words["order.approved"]({ purchase: order }, "").subject).to.equal("Your order order-7 was approved");
  });

  it("of a shipment name the carrier and its number, as far as they are known", () => {
    const told = (carrier: string, trackingNumber: string) =>
      words["shipment.dispatched"]({ purchase: order, carrier, trackingNumber }, "Ada").body;
    expect(told("DHL", "T1")).to.contain("with DHL, tracking number T1.");
    expect(told("", "")).to.contain("with our carrier.");
    const delivered = words["shipment.delivered"]({ purchase: order, carrier: "DHL", trackingNumber: "" }, "Ada");
    expect(delivered.body).to.contain("delivered by DHL.");
  });
});
