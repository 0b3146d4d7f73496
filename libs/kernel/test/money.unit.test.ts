import { expect } from "chai";
import { assert, bigInt, integer, property } from "fast-check";
import { equal, format, money, plus, times } from "../src/index.js";

describe("money", () => {
  it("sums amounts of one currency and refuses two", () => {
    expect(plus(money("USD", 150n), money("USD", 50n))).to.deep.equal(money("USD", 200n));
    expect(() => plus(money("USD", 1n), money("EUR", 1n))).to.throw(RangeError, "USD and EUR cannot be added");
  });

  it("multiplies as repeated addition does", () => {
    assert(
      property(bigInt(-(10n ** 12n), 10n ** 12n), integer({ min: 1, max: 50 }), (units, count) => {
        const amount = money("USD", units);
        const sum = Array.from({ length: count - 1 }, () => amount).reduce(plus, amount);
        return equal(sum, times(amount, count));
      }),
    );
  });

  it("is equal only in amount and currency", () => {
    expect(equal(money("USD", 1n), money("USD", 1n))).to.equal(true);
    expect(equal(money("USD", 1n), money("USD", 2n))).to.equal(false);
    expect(equal(money("USD", 1n), money("EUR", 1n))).to.equal(false);
  });

  for (const [currency, units, text] of [
    ["USD", 1250n, "12.50 USD"],
    ["USD", 5n, "0.05 USD"],
    ["USD", -5n, "-0.05 USD"],
    ["KRW", 1250n, "1250 KRW"],
    ["KWD", 1n, "0.001 KWD"],
    ["USD", 9_223_372_036_854_775_807n, "92233720368547758.07 USD"],
  ] as const) {
    it(`shows ${units} minor units of ${currency} as ${text}`, () => {
      expect(format(money(currency, units))).to.equal(text);
      expect(format(money(currency, units))).to.equal(text);
    });
  }
});
