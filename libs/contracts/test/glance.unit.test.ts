// The first glance at a message, held against the validator: it never lets through what the validator refuses.
import { create, type DescField, type DescMessage, type Message } from "@bufbuild/protobuf";
import { createValidator } from "@bufbuild/protovalidate";
import { expect } from "chai";
import fc from "fast-check";
import { glancesOf } from "../src/glance.js";
import { catalogue, rules } from "../src/index.js";

const { registry } = rules;
const glances = glancesOf(registry);
const validator = createValidator({ registry });
const all = [...registry].filter((found): found is DescMessage => found.kind === "message");
const ours = all.filter(({ typeName }) => typeName.startsWith("pavane."));
const named = (name: string): DescMessage => registry.getMessage(name) ?? expect.fail(`${name} is not there`);

// Values around what rules allow, the good ones more often: a message of many fields is to be right now and then.
const good = ["a", "order-1", "USD", "GB", "PRICE_CHANGED"];
const strings = [...good, ...good, "", "usd", "a/b", "x".repeat(64), "x".repeat(65), "y".repeat(201), "🙂".repeat(60)];
const numbers = [1, 1, 1, 2, 2, 0, 3, -1, 10_000, 10_001, 99];
const longs = [1n, 100n, 0n, -1n, 1_000_000_000_000n, 1_000_000_000_001n];

function valueOf(field: DescField, depth: number): fc.Arbitrary<unknown> {
  if (field.message !== undefined) return messageOf(field.message, depth + 1);
  const type = field.scalar === undefined ? "number" : typeof create(field.parent)[field.localName as keyof Message];
  if (field.fieldKind === "enum" || field.fieldKind === "list") {
    return fc.constantFrom(...(field.scalar === undefined ? numbers : strings));
  }
  if (type === "bigint") return fc.constantFrom(...longs);
  return type === "number" ? fc.constantFrom(...numbers) : fc.constantFrom(...strings);
}

function messageOf(type: DescMessage, depth = 0): fc.Arbitrary<Message> {
  const fields = type.fields.filter((field) => field.oneof === undefined && field.fieldKind !== "map" && depth < 4);
  const parts = fields.map((field): [string, fc.Arbitrary<unknown>] => {
    const value = valueOf(field, depth);
    if (field.fieldKind === "list") return [field.localName, fc.array(value, { maxLength: 3 })];
    const optional = field.message === undefined ? value : fc.option(value, { nil: undefined, freq: 8 });
    return [field.localName, optional];
  });
  return fc.record(Object.fromEntries(parts)).map((init) => create(type, init as never));
}

const purchase = {
  orderId: "order-1",
  userId: "user-1",
  lines: [{ itemId: "item-1", kind: 1, quantity: 1, unitPrice: { currencyCode: "USD", minorUnits: 100n } }],
  total: { currencyCode: "USD", minorUnits: 100n },
  paymentMethod: 1,
  cardToken: "",
  serviceLevel: 1,
  mode: 1,
};

describe("the first glance at a message", () => {
  it("is enough for a good purchase, in the facts that carry it", () => {
    const amount = { currencyCode: "USD", minorUnits: 100n };
    for (const name of ["order.placed", "funds.reserved", "payment.captured", "order.completed"] as const) {
      const type = named(catalogue[name].message);
      expect(glances(type)?.(create(type, { purchase, amount })), name).to.equal(true);
    }
  });

  it("leaves a message with a rule it does not know to the validator", () => {
    for (const name of ["order.v1.PlaceOrderRequest", "user.v1.DepositRequest", "user.v1.CreateUserRequest"]) {
      expect(glances(named(`pavane.${name}`)), name).to.equal(undefined);
    }
  });

  it("sees each fault that the rules of a purchase name", () => {
    const type = named("pavane.purchase.v1.Purchase");
    const [line] = purchase.lines;
    const faults = [
      { orderId: "" },
      { userId: "a b" },
      { lines: [] },
      { lines: [line, line] },
      { lines: [{ ...line, quantity: 0 }] },
      { lines: [{ ...line, quantity: 10_001 }] },
      { lines: [{ ...line, kind: 0 }] },
      { lines: [{ ...line, unitPrice: undefined }] },
      { lines: Array.from({ length: 101 }, (_, at) => ({ ...line, itemId: `item-${at}` })) },
      { total: undefined },
      { total: { currencyCode: "usd", minorUnits: 1n } },
      { total: { currencyCode: "USD", minorUnits: -1n } },
      { paymentMethod: 9 },
      { cardToken: "x".repeat(201) },
      { shippingAddress: { name: "", street: "S", city: "C", postalCode: "", country: "GB" } },
    ];
    const glance = glances(type);
    expect(glance?.(create(type, purchase as never))).to.equal(true);
    for (const fault of faults) {
      const message = create(type, { ...purchase, ...fault });
      expect(glance?.(message), JSON.stringify(Object.keys(fault))).to.equal(false);
      expect(validator.validate(type, message).kind).to.equal("invalid");
    }
  });

  const judged = ours.filter((type) => glances(type) !== undefined);
  it("judges most messages, the facts of every purchase among them", () => {
    expect(judged.length).to.be.greaterThan(ours.length / 2);
  });

  for (const type of judged) {
    it(`lets no ${type.typeName} through that the validator refuses`, () => {
      const glance = glances(type);
      fc.assert(
        fc.property(messageOf(type), (message) => {
          if (glance?.(message)) expect(validator.validate(type, message).kind).to.equal("valid");
        }),
        { numRuns: 150 },
      );
    });
  }
});
