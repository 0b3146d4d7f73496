import { type Exploration, explore, wander } from "@pavane/choreography/simulator";
import { expect } from "chai";
import { crowd } from "./crowd.js";
import { deadLetters, failures, rivals, shapes, told } from "./shapes.js";

describe("a purchase, in every order of events", function () {
  this.timeout(60_000);
  const explored: Exploration[] = [];
  const good = (exploration: Exploration): void => {
    expect(exploration.violations).to.deep.equal([]);
    expect(exploration.complete).to.equal(true);
    expect(exploration.ends).to.be.greaterThan(1);
    explored.push(exploration);
  };

  for (const scenario of [...shapes, ...failures, ...deadLetters]) {
    it(`ends well: ${scenario.name}`, () => {
      const whole = explore(scenario, { reduce: false });
      const reduced = explore(scenario);
      good(whole);
      expect(reduced.violations).to.deep.equal([]);
      expect(reduced.endings).to.equal(whole.endings);
    });
  }

  for (const scenario of [...rivals, told]) {
    it(`ends well: ${scenario.name}`, () => good(explore(scenario)));
  }

  it("was explored over half a million transitions", () => {
    const transitions = explored.reduce((sum, exploration) => sum + exploration.transitions, 0);
    expect(transitions).to.be.greaterThan(500_000);
  });

  it("ends well beside many others, at random", () => {
    for (let seed = 1; seed <= 8; seed++) {
      const walk = wander(crowd(seed, 12), { seed });
      expect(walk.violation).to.equal(undefined);
      expect(walk.steps).to.be.greaterThan(50);
    }
  });

  it("goes the same way by the same seed", () => {
    expect(wander(crowd(3, 6), { seed: 3 }).steps).to.equal(wander(crowd(3, 6), { seed: 3 }).steps);
  });
});
