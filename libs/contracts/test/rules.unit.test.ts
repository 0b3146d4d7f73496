// The field rules of the protos, checked on bytes.
import { expect } from "chai";
import { PlaceOrderRequest } from "../src/gen/contexts/order.js";
import { PaymentMethod, type Purchase } from "../src/gen/contexts/purchase.js";
import { ListTransactionsRequest } from "../src/gen/contexts/operations.js";
import { ListOrdersRequest } from "../src/gen/contexts/order.js";
import { CreateUserRequest, DepositRequest } from "../src/gen/contexts/user.js";
import { bytesOf, catalogue, rules, Undecodable } from "../src/index.js";
import { purchase } from "./samples.js";

const request = PlaceOrderRequest.create({
  orderId: "order-1",
  userId: "user-1",
  lines: [{ itemId: "item-sword", quantity: 1 }],
  paymentMethod: PaymentMethod.WALLET,
});

function brokenBy(change: Partial<PlaceOrderRequest>): string[] {
  const bytes = bytesOf(PlaceOrderRequest, { ...request, ...change });
  return rules.violations("pavane.order.v1.PlaceOrderRequest", bytes).map(({ field, rule }) => `${field} ${rule}`);
}

function factBrokenBy(change: Partial<Purchase>): string[] {
  const bytes = catalogue["order.placed"].codec.encode({ purchase: { ...purchase, ...change } }).finish();
  const url = "type.googleapis.com/pavane.order.v1.OrderPlaced";
  return rules.violations(url, bytes).map(({ field, rule }) => `${field} ${rule}`);
}

describe("the rules of a request", () => {
  it("find nothing wrong with a good one", () => {
    expect(brokenBy({})).to.eql([]);
  });

  const broken: readonly [string, Partial<PlaceOrderRequest>, string][] = [
    ["an order id of strange characters", { orderId: "a/b" }, "order_id string.pattern"],
    ["an order id that is too long", { orderId: "a".repeat(65) }, "order_id string.pattern"],
    ["no user", { userId: "" }, "user_id string.pattern"],
    ["no lines", { lines: [] }, "lines repeated.min_items"],
    ["a quantity of nothing", { lines: [{ itemId: "a", quantity: 0 }] }, "lines[0].quantity int32.gte_lte"],
    ["a negative quantity", { lines: [{ itemId: "a", quantity: -1 }] }, "lines[0].quantity int32.gte_lte"],
    ["a quantity beyond reason", { lines: [{ itemId: "a", quantity: 10_001 }] }, "lines[0].quantity int32.gte_lte"],
    [
      "an item in two lines",
      { lines: [...request.lines, { itemId: "b", quantity: 1 }, ...request.lines] },
      " place_order.items_unique",
    ],
    ["no payment method", { paymentMethod: PaymentMethod.UNSPECIFIED }, "payment_method enum.not_in"],
    ["a card without a token", { paymentMethod: PaymentMethod.CARD }, " place_order.card_token"],
    [
      "an expected total in no currency",
      { expectedTotal: { currencyCode: "usd", minorUnits: 1n } },
      "expected_total.currency_code string.pattern",
    ],
  ];
  for (const [what, change, expected] of broken) {
    it(`refuse ${what}`, () => expect(brokenBy(change)).to.eql([expected]));
  }

  it("refuse more than 100 lines", () => {
    const lines = Array.from({ length: 101 }, (_, index) => ({ itemId: `item-${index}`, quantity: 1 }));
    expect(brokenBy({ lines })).to.eql(["lines repeated.max_items"]);
  });

  it("report everything that is wrong at once, with a text for people", () => {
    const bytes = bytesOf(PlaceOrderRequest, { ...request, orderId: "", userId: "" });
    const found = rules.violations("pavane.order.v1.PlaceOrderRequest", bytes);
    expect(found.map((violation) => violation.field)).to.eql(["order_id", "user_id"]);
    expect(found[0]?.description).to.match(/pattern/);
  });

  it("refuse a deposit of nothing, a page of 1001 and a log of nobody", () => {
    const deposit = DepositRequest.create({ userId: "u", depositId: "d", amount: { currencyCode: "USD" } });
    expect(rules.violations("pavane.user.v1.DepositRequest", bytesOf(DepositRequest, deposit))).to.have.length(1);
    const page = ListOrdersRequest.create({ pageSize: 1001 });
    expect(rules.violations("pavane.order.v1.ListOrdersRequest", bytesOf(ListOrdersRequest, page))).to.have.length(1);
    const log = bytesOf(ListTransactionsRequest, ListTransactionsRequest.create());
    expect(rules.violations("pavane.operations.v1.ListTransactionsRequest", log)).to.have.length(1);
  });

  it("let a user have no e-mail address, but not half of one", () => {
    const user = CreateUserRequest.create({ userId: "u", name: "Ada", currencyCode: "USD" });
    const limited = { ...user, purchaseLimit: { currencyCode: "USD", minorUnits: 0n } };
    const broken = (email: string): number =>
      rules.violations("pavane.user.v1.CreateUserRequest", bytesOf(CreateUserRequest, { ...limited, email })).length;
    expect([broken(""), broken("ada@example.org"), broken("ada@")]).to.eql([0, 0, 1]);
  });
});

describe("the rules of a fact", () => {
  it("find nothing wrong with a good one, given by its type URL", () => {
    expect(factBrokenBy({})).to.eql([]);
  });

  it("refuse a purchase that is not there", () => {
    expect(rules.violations("pavane.order.v1.OrderPlaced", new Uint8Array())).to.eql([
      { field: "purchase", description: "value is required", rule: "required" },
    ]);
  });

  it("refuse negative money, an unknown country and a line that comes twice", () => {
    const total = { currencyCode: "USD", minorUnits: -1n };
    expect(factBrokenBy({ total })).to.eql(["purchase.total.minor_units int64.gte"]);
    const shippingAddress = { name: "A", street: "S", city: "C", postalCode: "", country: "Germany" };
    expect(factBrokenBy({ shippingAddress })).to.eql(["purchase.shipping_address.country string.pattern"]);
    expect(factBrokenBy({ lines: [...purchase.lines, ...purchase.lines] })).to.eql(["purchase purchase.items_unique"]);
  });
});

describe("what has no rules", () => {
  it("is undecodable: bytes that are not the message", () => {
    const bytes = Uint8Array.of(0x0a, 0xff, 0x01);
    expect(() => rules.violations("pavane.order.v1.PlaceOrderRequest", bytes)).to.throw(Undecodable);
  });

  it("is undecodable: a message nobody knows", () => {
    expect(() => rules.violations("pavane.order.v1.Nothing", new Uint8Array())).to.throw(
      Undecodable,
      /nothing is known/,
    );
  });

  it("is warmed up for every message without an error", () => {
    expect(() => rules.warmUp()).not.to.throw();
    expect(() => rules.warmUp(["pavane.order.v1.OrderPlaced"])).not.to.throw();
  });
});
