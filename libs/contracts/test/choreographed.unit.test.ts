// One order is never driven by both: what a participant hears of a purchase depends on its mode, one way or the other.
import { type Context, type Decision, nothing, Unexpected } from "@pavane/kernel";
import { expect } from "chai";
import { choreographed, orchestrated } from "../src/index.js";
import { PurchaseMode } from "../src/gen/contexts/purchase.js";
import { purchase } from "./samples.js";

const context: Context = { now: new Date(0), id: "id", version: 1n };
const taken: Decision<string> = { next: "taken" };
const decide = (_state: object, _fact: object, _context: Context): Decision<string> => taken;

describe("a participant's decision", () => {
  const heard = { purchase: { ...purchase, mode: PurchaseMode.CHOREOGRAPHED } };
  const conducted = { purchase: { ...purchase, mode: PurchaseMode.ORCHESTRATED } };

  it("is taken on a fact of a choreographed purchase, and not of an orchestrated one", () => {
    expect(choreographed(decide)({}, heard, context)).to.equal(taken);
    expect(choreographed(decide)({}, conducted, context)).to.equal(nothing);
    expect([heard, conducted].map(choreographed(decide).concerns)).to.deep.equal([true, false]);
  });

  it("is taken on a command of an orchestrated purchase; one for a choreographed purchase is unexpected", () => {
    expect(orchestrated(decide)({}, conducted, context)).to.equal(taken);
    expect(() => orchestrated(decide)({}, heard, context)).to.throw(Unexpected, "it is choreographed");
  });
});
