// What a decision is about: other facts come to nothing, and it says so beforehand.
import { expect } from "chai";
import { concerning, type Context, type Decision, nothing } from "../src/index.js";

const context: Context = { now: new Date(0), id: "id", version: 1n };
const decide = (state: string, fact: number): Decision<string> => ({ next: `${state}${fact}` });
const large = concerning((fact: number) => fact > 10, decide);

describe("a decision that concerns some facts", () => {
  it("is taken on those, and comes to nothing on others", () => {
    expect(large("a", 11, context)).to.deep.equal({ next: "a11" });
    expect(large("a", 10, context)).to.equal(nothing);
    expect([10, 11].map(large.concerns)).to.deep.equal([false, true]);
  });

  it("concerns what both say when it is narrowed again", () => {
    const largeAndEven = concerning((fact: number) => fact % 2 === 0, large);
    expect([2, 11, 12].map(largeAndEven.concerns)).to.deep.equal([false, false, true]);
    expect([2, 11, 12].map((fact) => largeAndEven("a", fact, context).next)).to.deep.equal([
      undefined,
      undefined,
      "a12",
    ]);
  });
});
