// The stage: parts one after another, live, with a verdict each.
import { ItemKind } from "@pavane/contracts/purchase";
import { money } from "@pavane/kernel";
import { line, purchase } from "@pavane/testkit";
import { expect } from "chai";
import { makePart, resultOf } from "../src/demo/part.js";
import { scenarios } from "../src/demo/scenarios.js";
import { show } from "../src/demo/stage.js";
import { tell } from "../src/demo/tell.js";
import { colourful, paintFor } from "../src/paint.js";
import { seen } from "./sightings.js";

const [first, second] = scenarios;
if (first === undefined || second === undefined) throw new Error("the demo has scenarios");

describe("show", () => {
  it("shows a part to its end before the next, whatever the order in which they play", async () => {
    const written: string[] = [];
    const [one, two] = [makePart(first, "order-1"), makePart(second, "order-2")];
    const stage = { write: (text: string) => void written.push(text), paint: paintFor(false), live: false };
    const shown = show([one, two], stage);
    two.say({ at: 3, who: "order", what: "order.placed", detail: "", kind: "fact" });
    two.end(resultOf(second, "order-2", played("DELIVERED")));
    one.say({ at: 1.4, who: "user", what: "funds.reserved", detail: "1.00 USD", kind: "fact" });
    one.end(resultOf(first, "order-1", { ...played("NONE"), problems: ["ended NONE, not COMPLETED"] }));
    await shown;
    const text = written.join("");
    expect(text).to.contain("     1 ms  user       funds.reserved       1.00 USD\n");
    expect(text).to.contain("✘ NONE  0 facts in 0 ms\n          ended NONE, not COMPLETED\n");
    expect(text.indexOf("order-2")).to.be.greaterThan(text.indexOf("✘ NONE"));
    expect(text).to.contain("✔ DELIVERED");
    expect(text).not.to.contain("\u001b");
  });

  const played = (outcome: string) => ({ start: 0, outcome: { outcome, code: "" }, facts: [], problems: [] });
});

describe("a result", () => {
  it("lists the facts by the time they were announced, in milliseconds since the order was sent", () => {
    const facts = [seen("funds.reserved"), seen("order.placed")].reverse();
    const start = Math.min(...facts.map(({ time }) => time.getTime())) - 10;
    const outcome = { outcome: "COMPLETED", code: "" };
    const result = resultOf(first, "order-1", { start, outcome, facts, problems: [] });
    expect(result.facts.map(({ milliseconds }) => milliseconds)).to.deep.equal([10, 11]);
    expect(result.milliseconds).to.equal(11);
  });
});

describe("tell", () => {
  const names = new Map([
    ["item-1", "Potion"],
    ["goods-1", "Shield"],
  ]);
  const zero = money("USD", 0n);
  const cases: readonly (readonly [string, Parameters<typeof tell>[0], string])[] = [
    ["what is bought and how it is paid", seen("order.placed", 1n, { purchase: bought() }), bill()],
    ["money set aside", seen("funds.reserved", 1n, { amount: money("USD", 1250n) }), "12.50 USD set aside"],
    ["no money set aside", seen("funds.reserved", 1n, { amount: zero }), "only the user is checked: no wallet"],
    ["why funds were rejected", seen("funds.rejected", 1n, rejected()), "INSUFFICIENT_BALANCE, 3.00 USD in the wallet"],
    ["one slot", seen("slots.reserved", 1n, { slots: 1 }), "1 slot set aside"],
    [
      "which item is missing",
      seen("stock.rejected", 1n, { code: "OUT_OF_STOCK", itemId: "item-1" }),
      "OUT_OF_STOCK, Potion",
    ],
    ["a tombstone", seen("slots.released", 1n, { slots: 0 }), "nothing was held"],
    ["who carries it", seen("shipment.dispatched", 1n, { carrier: "Post", trackingNumber: "42" }), "Post 42"],
    ["nothing more than its name", seen("stock.reserved"), ""],
  ];
  for (const [what, sighting, text] of cases) it(`tells ${what}`, () => expect(tell(sighting, names)).to.equal(text));

  function bought() {
    return purchase({ lines: [line({ quantity: 2 }), line({ itemId: "goods-1", kind: ItemKind.PHYSICAL })] });
  }

  function bill(): string {
    return "2 × Potion, 1 × Shield (ships): 30.00 USD from the wallet";
  }

  function rejected() {
    return { code: "INSUFFICIENT_BALANCE", balance: money("USD", 300n) };
  }
});

describe("colours", () => {
  it("are for terminals alone, and not when somebody wants none", () => {
    expect(colourful({ isTTY: true }, { TERM: "xterm" })).to.equal(true);
    expect(colourful({ isTTY: true }, { TERM: "xterm", NO_COLOR: "1" })).to.equal(false);
    expect(colourful({ isTTY: true }, { TERM: "dumb" })).to.equal(false);
    expect(colourful({}, {})).to.equal(false);
    expect(paintFor(true).good("yes")).to.equal("\u001b[32myes\u001b[0m");
  });
});

describe("the scenarios", () => {
  it("have names of their own and cover what the demo promises", () => {
    const names = scenarios.map(({ name }) => name);
    expect(new Set(names).size).to.equal(names.length);
    expect(names).to.include.members([
      "wallet",
      "card-shipped",
      "mixed-lines",
      "insufficient-balance",
      "suspended-user",
      "unknown-user",
      "purchase-limit",
      "out-of-stock",
      "disabled-item",
      "price-changed",
      "full-inventory",
      "declined-card",
      "undeliverable-address",
      "user-cancel",
      "cancel-during-charge",
      "review-approved",
      "review-rejected",
      "expiry",
    ]);
  });
});
