import { explore, laws } from "@pavane/choreography/simulator";
import { expect } from "chai";
import { areCaught } from "./caught.js";
import { missteps } from "./missteps.js";
import { orchestrated } from "./shapes.js";

/** Which rule catches which mistake: the first that is broken on a shortest schedule. */
const caught: Readonly<Record<string, string>> = {
  "a timeout that releases by itself": "the order alone decides",
  "compensation order": "steps go forward and compensations back, each awaited",
  "only the sent steps released": "steps go forward and compensations back, each awaited",
  "participants hearing both drivers": "one order has one driver",
  "no version check": "a saga sends what it logs",
  "lost reply": "a FAILED saga settles by late answers",
  "double reply": laws.redelivery,
  "late reply": "a saga is what its log says",
  "crash between log and send": "a saga sends what it logs",
  "FAILED that ignores late answers": "a FAILED saga settles by late answers",
  "a saga for a choreographed order": "one order has one driver",
};

/** What catches it then, were that rule not there to be first. */
const deeper: Readonly<Record<string, string>> = {
  "compensation order": laws.failure,
  "only the sent steps released": "compensated means every step is",
  "participants hearing both drivers": laws.failure,
  "no version check": "versions have no gap",
  "lost reply": "a saga ends as its order does",
  "late reply": "steps go forward and compensations back, each awaited",
  "FAILED that ignores late answers": "a saga ends as its order does",
  "a saga for a choreographed order": laws.failure,
};

describe("an orchestrated purchase, in every order of events", function () {
  this.timeout(60_000);
  let transitions = 0;

  for (const scenario of orchestrated) {
    it(`ends well: ${scenario.name}`, () => {
      const explored = explore(scenario, { reduce: false });
      expect(explored.violations).to.deep.equal([]);
      expect(explored.complete).to.equal(true);
      expect(explored.ends).to.be.greaterThan(1);
      transitions += explored.transitions;
    });
  }

  it("was explored over a million transitions", () => {
    expect(transitions).to.be.greaterThan(1_000_000);
  });
});

describe("a mistake in conducting", function () {
  this.timeout(60_000);

  areCaught(missteps, caught, (scenario) => explore(scenario, { reduce: false }));

  for (const [name, rule] of Object.entries(deeper)) {
    it(`breaks the rule "${rule}" too: ${name}`, () => {
      const { scenario } = missteps.find((misstep) => misstep.name === name) ?? expect.fail();
      const { always = [], ends = [] } = scenario;
      const others = <Rule extends { readonly name: string }>(rules: readonly Rule[]): Rule[] =>
        rules.filter((one) => one.name !== caught[name]);
      const without = { ...scenario, always: others(always), ends: others(ends) };
      expect(explore(without, { reduce: false }).violations[0]?.rule).to.equal(rule);
    });
  }
});
