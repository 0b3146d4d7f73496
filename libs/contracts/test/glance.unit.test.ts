// The first glance at a message, held against the validator: it never lets through what the validator refuses.
import { create, type DescField, type DescMessage, type Message, toBinary } from "@bufbuild/protobuf";
import { createValidator } from "@bufbuild/protovalidate";
import { expect } from "chai";
import fc from "fast-check";
import { glancesOf } from "../src/glance.js";
import * as inventory from "../src/gen/contexts/inventory.js";
import * as item from "../src/gen/contexts/item.js";
import * as money from "../src/gen/contexts/money.js";
import * as notification from "../src/gen/contexts/notification.js";
import * as operations from "../src/gen/contexts/operations.js";
import * as order from "../src/gen/contexts/order.js";
import * as payment from "../src/gen/contexts/payment.js";
import * as purchases from "../src/gen/contexts/purchase.js";
import * as saga from "../src/gen/contexts/saga.js";
import * as shipping from "../src/gen/contexts/shipping.js";
import * as user from "../src/gen/contexts/user.js";
import { catalogue, messageOf, type MessageType, rules } from "../src/index.js";

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
  if (field.message !== undefined) return anyOf(field.message, depth + 1);
  const type = field.scalar === undefined ? "number" : typeof create(field.parent)[field.localName as keyof Message];
  if (field.fieldKind === "enum" || field.fieldKind === "list") {
    return fc.constantFrom(...(field.scalar === undefined ? numbers : strings));
  }
  if (type === "bigint") return fc.constantFrom(...longs);
  return type === "number" ? fc.constantFrom(...numbers) : fc.constantFrom(...strings);
}

function anyOf(type: DescMessage, depth = 0): fc.Arbitrary<Message> {
  const fields = type.fields.filter((field) => field.oneof === undefined && field.fieldKind !== "map" && depth < 4);
  const parts = fields.map((field): [string, fc.Arbitrary<unknown>] => {
    const value = valueOf(field, depth);
    if (field.fieldKind === "list") return [field.localName, fc.array(value, { maxLength: 3 })];
    const optional = field.message === undefined ? value : fc.option(value, { nil: undefined, freq: 8 });
    return [field.localName, optional];
  });
  return fc.record(Object.fromEntries(parts)).map((init) => create(type, init as never));
}

const contexts = { inventory, item, money, notification, operations, order, payment, saga, shipping, user };

function generatedOf({ typeName }: DescMessage): MessageType<unknown> {
  const [, context = "", , name = ""] = typeName.split(".");
  const module = { ...contexts, purchase: purchases }[context] as Readonly<Record<string, unknown>> | undefined;
  return (module?.[name] ?? expect.fail(`no code was generated for ${typeName}`)) as MessageType<unknown>;
}

/** Undefined for what cannot be written, and for values of an enum that generated code does not know. */
function readOf(generated: MessageType<unknown>, type: DescMessage, message: Message): Message | undefined {
  try {
    return messageOf(generated, toBinary(type, message)) as Message;
  } catch {
    return undefined;
  }
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
    for (const name of ["item.v1.SetPriceRequest", "user.v1.DepositRequest", "user.v1.CreateUserRequest"]) {
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

  it("sees a card without a token", () => {
    const type = named("pavane.order.v1.PlaceOrderRequest");
    const request = {
      orderId: "order-1",
      userId: "user-1",
      lines: [{ itemId: "item-1", quantity: 1 }],
      paymentMethod: 1,
    };
    const glanced = (change: object) => glances(type)?.(create(type, { ...request, ...change }));
    expect(glanced({})).to.equal(true);
    expect(glanced({ paymentMethod: 2 })).to.equal(false);
    expect(glanced({ paymentMethod: 2, cardToken: "tok_approved" })).to.equal(true);
  });

  const judged = ours.filter((type) => glances(type) !== undefined);
  it("judges most messages, the facts of every purchase among them", () => {
    expect(judged.length).to.be.greaterThan(ours.length / 2);
  });

  it("says the same of a message as generated code reads it", () => {
    let compared = 0;
    // Fact is an option, which nobody sends.
    for (const type of judged.filter(({ typeName }) => typeName !== "pavane.fact.v1.Fact")) {
      const generated = generatedOf(type);
      fc.assert(
        fc.property(anyOf(type), (message) => {
          const read = readOf(generated, type, message);
          if (read === undefined) return;
          compared++;
          expect(glances(type)?.(read), type.typeName).to.equal(glances(type)?.(message));
        }),
        { numRuns: 50 },
      );
    }
    expect(compared).to.be.greaterThan(1_000);
  });

  for (const type of judged) {
    it(`lets no ${type.typeName} through that the validator refuses`, () => {
      const glance = glances(type);
      fc.assert(
        fc.property(anyOf(type), (message) => {
          if (glance?.(message)) expect(validator.validate(type, message).kind).to.equal("valid");
        }),
        { numRuns: 150 },
      );
    });
  }
});
