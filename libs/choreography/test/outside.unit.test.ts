import { type Decision, nothing } from "@pavane/kernel";
import { expect } from "chai";
import { effect, one, service } from "../src/index.js";
import { explore, laws, type Scenario } from "../src/simulator/index.js";
import {
  catalogue,
  commutes,
  counts,
  type Ear,
  ear,
  ears,
  type Hears,
  outcome,
  ring,
  type Rung,
  scenario,
  tower,
} from "./bells.js";

describe("simulated effects", () => {
  const echo = effect<{ bellId: string; loud: boolean }, string>()("echo");
  const call =
    (loud: boolean): Hears =>
    (state, rung) =>
      state.ear !== undefined
        ? nothing
        : {
            ...counts(state, rung),
            effects: [{ kind: "echo", key: loud ? `echo/${rung.bellId}` : "echo", input: { ...rung, loud } }],
          };
  const hill = (loud: boolean) =>
    service({
      ...{ name: "village", catalogue, tables: [ears] },
      reactions: [commutes("bell.rung", ["bell.heard"], ear, call(loud))],
      outcomes: [
        outcome(
          echo,
          [],
          { ear: one(ears, ({ input }: { input: Rung }) => input.bellId) },
          ({ ear: there }, { result }): Decision<{ ear: Ear }> =>
            there === undefined ? nothing : { next: { ear: { ...there, answers: [...there.answers, result] } } },
        ),
      ],
    });
  const calling = (loud: boolean, faults?: Scenario["faults"]): Scenario =>
    scenario({
      services: [tower(), hill(loud)],
      asks: [ring("a"), ...(loud ? [] : [ring("b")])],
      outside: { echo: () => ["yes", "no"] },
      always: [
        {
          name: "answered once",
          service: "village",
          broken: (village) =>
            village.rows<Ear>("ear").some(({ answers }) => answers.length > 1) ? "answered twice" : undefined,
        },
      ],
      deeds: [{ name: "called once", broken: (deeds) => (deeds.length > 1 ? "called twice" : undefined) }],
      ends: [
        {
          name: "one answer",
          broken: (world) => {
            const answers = world
              .database("village")
              .rows<Ear>("ear")
              .flatMap((one) => one.answers);
            return answers.length === world.outside.length ? undefined : `answers ${answers.join()}`;
          },
        },
      ],
      ...(faults === undefined ? {} : { faults }),
    });

  it("are answered once, by every answer there may be", () => {
    expect(explore(calling(true))).to.deep.include({ violations: [], ends: 3 });
  });

  it("have a key of their own", () => {
    expect(explore(calling(false)).violations[0]?.rule).to.equal(laws.key);
  });

  it("are missed by an engine that breaks its promises", () => {
    const rules = (faults: Scenario["faults"]) => explore(calling(true, faults)).violations.map(({ rule }) => rule);
    expect(rules({ noPickup: true })).to.deep.equal(["one answer"]);
    expect(rules({ freshKeys: true })).to.deep.equal(["called once"]);
    expect(rules({ outcomesAgain: true })).to.deep.equal(["answered once"]);
    expect(rules({ noAnswerMeans: { echo: "no" } })).to.deep.equal(["one answer"]);
  });

  it("need a scenario that says what may answer them", () => {
    const { outside: _, ...silent } = calling(true);
    expect(() => explore(silent)).to.throw("does not say what may answer effect echo");
  });
});
