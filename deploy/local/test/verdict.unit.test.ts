// The verdict on a purchase: its end, its code, each fact exactly once, versions in order.
import { expect } from "chai";
import type { Ending } from "../src/demo/scenario.js";
import { complete, judge } from "../src/demo/verdict.js";
import { seen } from "./sightings.js";

const ends: Ending = {
  outcome: "CANCELLED",
  code: "EXPIRED",
  facts: ["order.placed", "order.cancelling", "order.cancelled"],
  perhaps: ["slots.reserved"],
};
const good = { outcome: "CANCELLED", code: "EXPIRED" };
const all = [seen("order.placed", 1n), seen("order.cancelling", 2n), seen("order.cancelled", 3n)];

describe("judge", () => {
  it("finds nothing wrong when all is as it must be", () => {
    expect(judge(ends, good, all)).to.deep.equal([]);
  });

  it("lets a fact that may come come, and stay away", () => {
    expect(judge(ends, good, [...all, seen("slots.reserved", 1n)])).to.deep.equal([]);
  });

  const wrong: readonly (readonly [string, Parameters<typeof judge>, string])[] = [
    ["another end", [ends, { outcome: "COMPLETED", code: "EXPIRED" }, all], "ended COMPLETED, not CANCELLED"],
    ["another code", [ends, { outcome: "CANCELLED", code: "" }, all], "the code is empty, not EXPIRED"],
    ["a missing fact", [ends, good, all.slice(0, 2)], "order.cancelled is missing"],
    ["a fact too many", [ends, good, [...all, seen("payment.captured", 1n)]], "payment.captured is too many"],
    [
      "a fact announced twice",
      [ends, good, [...all, seen("order.cancelled", 4n)]],
      "order.cancelled was announced 2 times",
    ],
    [
      "a gap in the versions",
      [ends, good, [all[0] ?? seen("order.placed", 1n), seen("order.cancelling", 3n), seen("order.cancelled", 4n)]],
      "order.cancelling has version 3 of its order, not 2",
    ],
  ];
  for (const [what, args, problem] of wrong) {
    it(`names ${what}`, () => expect(judge(...args)).to.deep.equal([problem]));
  }
});

describe("complete", () => {
  it("waits for every fact that must come, and for no other", () => {
    expect(complete(ends, all.slice(0, 2))).to.equal(false);
    expect(complete(ends, all)).to.equal(true);
  });
});
