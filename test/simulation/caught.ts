// What every list of mistakes is put to: each is caught, by the rule that it is said to be caught by.

import { type Exploration, Machine, replay, type Scenario, timeline } from "@pavane/choreography/simulator";
import { expect } from "chai";
import type { Mutant } from "./mutants.js";

/** Tests that each of these mistakes, and no other, is caught by its rule, the first broken on a shortest schedule. */
export function areCaught(
  mistakes: readonly Mutant[],
  caught: Readonly<Record<string, string>>,
  look: (scenario: Scenario) => Exploration,
): void {
  it("is looked for by a rule each", () => {
    expect(mistakes.map(({ name }) => name)).to.have.members(Object.keys(caught));
  });

  for (const { name, scenario } of mistakes) {
    it(`is caught: ${name}, because ${caught[name]}`, () => {
      const violation = look(scenario).violations[0] ?? expect.fail("nothing was broken");
      expect(violation.rule).to.equal(caught[name]);
      const machine = new Machine(scenario);
      expect(replay(machine, violation.schedule).trouble?.rule).to.equal(caught[name]);
      expect(timeline(machine, violation)).to.contain(violation.message);
    });
  }
}
