import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { laws, Machine, replay, type Scenario } from "@pavane/choreography/simulator";
import { expect } from "chai";
import { crowd } from "./crowd.js";
import { mutants } from "./mutants.js";
import { type Saved, whole } from "./simulate.js";

const folder = fileURLToPath(new URL("../../simulation/regressions/", import.meta.url));

function scenarioOf({ scenario, crowd: from }: Saved): Scenario {
  if (from !== undefined) return crowd(from.seed, from.purchases);
  return whole.find(([{ name }]) => name === scenario)?.[0] ?? expect.fail(`there is no scenario ${scenario}`);
}

describe("a schedule that broke a rule once", () => {
  const files = readdirSync(folder).filter((name) => name.endsWith(".json"));
  for (const file of files) {
    const saved = JSON.parse(readFileSync(`${folder}${file}`, "utf8")) as Saved;
    it(`breaks none now: ${file}`, () => {
      expect(replay(new Machine(scenarioOf(saved)), saved.schedule).trouble).to.equal(undefined);
    });
    it(`can still be taken: ${file}`, () => {
      const { schedule } = replay(new Machine(scenarioOf(saved)), saved.schedule);
      expect(schedule).to.include.members([...saved.schedule]);
    });
  }

  it("would break the rule again with the mistake back in", () => {
    const saved = JSON.parse(readFileSync(`${folder}late-reserve.json`, "utf8")) as Saved;
    const mutant = mutants.find(({ name }) => name === "no tombstone") ?? expect.fail();
    const scenario = { ...scenarioOf(saved), services: mutant.scenario.services };
    expect(replay(new Machine(scenario), saved.schedule).trouble?.rule).to.equal(laws.redelivery);
  });
});
