import { CannotStart, readConfig } from "@pavane/runtime";
import { expect } from "chai";
import { policyOf, variables } from "../src/config.js";
import { defaults } from "../src/domain.js";

describe("the configuration of order", () => {
  const read = (env: Record<string, string>) => policyOf(readConfig(variables, env));

  it("has the defaults of the contract", () => expect(read({})).to.deep.equal(defaults));

  it("sets deadline, review and participants", () => {
    const env = {
      ORDER_DEADLINE_SECONDS: "15",
      REVIEW_ABOVE_MINOR_UNITS: "9007199254740993",
      REVIEW_HOURS: "0.5",
      ORDER_PARTICIPANTS: "user, item",
    };
    expect(read(env)).to.deep.equal({
      deadlineSeconds: 15,
      reviewAboveMinorUnits: 9_007_199_254_740_993n,
      reviewHours: 0.5,
      participants: ["user", "item"],
    });
  });

  for (const [name, value] of [
    ["ORDER_DEADLINE_SECONDS", "0"],
    ["ORDER_DEADLINE_SECONDS", "soon"],
    ["REVIEW_ABOVE_MINOR_UNITS", "-1"],
    ["REVIEW_ABOVE_MINOR_UNITS", "10.5"],
    ["REVIEW_HOURS", "never"],
    ["ORDER_PARTICIPANTS", "user,loyalty"],
    ["ORDER_PARTICIPANTS", "user,user"],
    ["ORDER_PARTICIPANTS", ","],
  ] as const) {
    it(`refuses ${name}=${value}`, () => {
      expect(() => read({ [name]: value })).to.throw(CannotStart, name);
    });
  }
});
