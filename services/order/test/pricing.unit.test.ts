import { ItemKind, PaymentMethod, PurchaseMode, ServiceLevel } from "@pavane/contracts/purchase";
import { money, nothing } from "@pavane/kernel";
import { address } from "@pavane/testkit";
import { expect } from "chai";
import fc from "fast-check";
import { canonicalForm, type Item, learn, priced } from "../src/pricing.js";
import { at, expectRefused, item, items, request } from "./given.js";

describe("pricing a purchase", () => {
  it("takes kinds and prices from the copy of the items, and sums the lines", () => {
    const lines = [
      { itemId: "potion", quantity: 3 },
      { itemId: "shield", quantity: 2 },
    ];
    expect(priced(request({ lines, shippingAddress: address() }), items)).to.deep.equal({
      orderId: "order-1",
      userId: "user-1",
      lines: [
        { itemId: "potion", kind: ItemKind.DIGITAL, quantity: 3, unitPrice: money("USD", 2_000n) },
        { itemId: "shield", kind: ItemKind.PHYSICAL, quantity: 2, unitPrice: money("USD", 5_000n) },
      ],
      total: money("USD", 16_000n),
      paymentMethod: PaymentMethod.WALLET,
      cardToken: "",
      shippingAddress: address(),
      serviceLevel: ServiceLevel.STANDARD,
      mode: PurchaseMode.CHOREOGRAPHED,
    });
  });

  it("keeps what matters only: the token of a card, the address when something ships", () => {
    const digital = priced(request({ shippingAddress: address(), cardToken: "tok_1" }), items);
    expect(digital).to.include({ cardToken: "", shippingAddress: undefined });
    const card = priced(request({ paymentMethod: PaymentMethod.CARD, cardToken: "tok_1" }), items);
    expect(card.cardToken).to.equal("tok_1");
    expect(priced(request({ serviceLevel: ServiceLevel.EXPRESS }), items).serviceLevel).to.equal(ServiceLevel.EXPRESS);
  });

  it("prices an item that is not available and one that costs nothing: the flow decides", () => {
    const copy = { gift: item("gift", 0n, { available: false }) };
    expect(priced(request({ lines: [{ itemId: "gift", quantity: 7 }] }), copy).total).to.deep.equal(money("USD", 0n));
  });

  it("accepts the expected total", () => {
    expect(priced(request({ expectedTotal: money("USD", 10_000n) }), items).total.minorUnits).to.equal(10_000n);
  });

  const refusals = [
    {
      what: "an unknown item",
      changes: { lines: [{ itemId: "dragon", quantity: 1 }] },
      how: "not_found ITEM_NOT_FOUND",
    },
    {
      what: "items of two currencies",
      changes: { lines: ["euro", "sword"].map((itemId) => ({ itemId, quantity: 1 })) },
      how: "not_now MIXED_CURRENCIES",
    },
    {
      what: "goods without an address",
      changes: { lines: [{ itemId: "shield", quantity: 1 }] },
      how: "invalid ADDRESS_REQUIRED",
    },
    { what: "another total", changes: { expectedTotal: money("USD", 9_999n) }, how: "not_now PRICE_CHANGED" },
    { what: "another currency", changes: { expectedTotal: money("EUR", 10_000n) }, how: "not_now PRICE_CHANGED" },
    {
      what: "more than an amount can hold",
      changes: { lines: [{ itemId: "moon", quantity: 2 }] },
      how: "invalid TOTAL_TOO_LARGE",
    },
  ];
  for (const { what, changes, how } of refusals) {
    it(`refuses ${what}: ${how}`, () => {
      const [reason = "", code = ""] = how.split(" ");
      expectRefused(() => priced(request(changes), items), reason, code);
    });
  }
});

describe("the canonical form of a request", () => {
  it("is the same whatever the order of the lines, and with the defaults spelt out", () => {
    const lines = ["a", "b", "c", "d"].map((itemId, index) => ({ itemId, quantity: index + 1 }));
    const form = canonicalForm(request({ lines }));
    fc.assert(
      fc.property(fc.shuffledSubarray(lines, { minLength: lines.length }), (shuffled) => {
        expect(canonicalForm(request({ lines: shuffled }))).to.equal(form);
      }),
    );
    const spelt = { serviceLevel: ServiceLevel.STANDARD, mode: PurchaseMode.CHOREOGRAPHED };
    expect(canonicalForm(request(spelt))).to.equal(canonicalForm(request()));
  });

  it("differs when anything else that is asked for differs", () => {
    const others = [
      { userId: "user-2" },
      { lines: [{ itemId: "sword", quantity: 2 }] },
      { lines: [{ itemId: "potion", quantity: 1 }] },
      { paymentMethod: PaymentMethod.CARD },
      { cardToken: "tok_2" },
      { shippingAddress: address() },
      { shippingAddress: { ...address(), city: "Bremen" } },
      { serviceLevel: ServiceLevel.EXPRESS },
      { mode: PurchaseMode.ORCHESTRATED },
      { expectedTotal: money("USD", 10_000n) },
      { expectedTotal: money("EUR", 10_000n) },
    ];
    const forms = [{}, ...others].map((changes) => canonicalForm(request(changes)));
    expect(new Set(forms)).to.have.lengthOf(forms.length);
  });
});

describe("learning items", () => {
  const told = (minorUnits: bigint) => ({
    itemId: "sword",
    name: "Magic Sword",
    kind: ItemKind.DIGITAL,
    price: money("USD", minorUnits),
    available: true,
  });

  it("copies what item says", () => {
    const learnt = learn({ item: undefined }, told(10_000n), at(0, 4n)).next?.item;
    expect(learnt).to.deep.equal(item("sword", 10_000n, { name: "Magic Sword", seen: 4n }));
  });

  it("ends with the newest, in whatever order and however often the facts come", () => {
    const facts = fc.uniqueArray(fc.bigInt({ min: 1n, max: 50n }), { minLength: 1 });
    const heard = facts.chain((versions) =>
      fc.tuple(
        fc.constant(versions),
        fc.shuffledSubarray(versions.concat(versions), { minLength: 2 * versions.length }),
      ),
    );
    fc.assert(
      fc.property(heard, ([versions, order]) => {
        let kept: Item | undefined;
        for (const version of order) {
          kept = learn({ item: kept }, told(version * 100n), at(0, version)).next?.item ?? kept;
        }
        const newest = versions.reduce((most, version) => (version > most ? version : most));
        expect(kept).to.include({ seen: newest, minorUnits: newest * 100n });
      }),
    );
  });

  it("does nothing on hearing the same fact again", () => {
    expect(learn({ item: items.sword }, told(1n), at(0, 1n))).to.equal(nothing);
  });
});
