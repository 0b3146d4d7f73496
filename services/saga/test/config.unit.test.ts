import { CannotStart, readConfig } from "@pavane/runtime";
import { expect } from "chai";
import { policyOf, variables } from "../src/config.js";
import { defaults } from "../src/purchase.js";

describe("the configuration of saga", () => {
  const read = (env: Record<string, string>) => policyOf(readConfig(variables, env));

  it("has the defaults of the contract: 30 seconds a step", () => {
    expect(read({})).to.deep.equal(defaults);
    expect(defaults.stepTimeout).to.equal(30);
  });

  it("sets the timeout and the retries", () => {
    const env = { SAGA_STEP_TIMEOUT_SECONDS: "0.5", SAGA_RETRY_TRIES: "3", SAGA_RETRY_FIRST_SECONDS: "1" };
    expect(read({ ...env, SAGA_RETRY_MAX_SECONDS: "9" })).to.deep.equal({
      stepTimeout: 0.5,
      retry: { tries: 3, firstDelay: 1, factor: 2, maxDelay: 9 },
    });
  });

  for (const [name, value] of [
    ["SAGA_STEP_TIMEOUT_SECONDS", "0"],
    ["SAGA_RETRY_TRIES", "0"],
    ["SAGA_RETRY_TRIES", "1.5"],
    ["SAGA_RETRY_FIRST_SECONDS", "soon"],
    ["SAGA_RETRY_MAX_SECONDS", "-1"],
  ] as const) {
    it(`refuses ${name}=${value}`, () => {
      expect(() => read({ [name]: value })).to.throw(CannotStart, name);
    });
  }
});
