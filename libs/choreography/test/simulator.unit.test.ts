import type { Decision } from "@pavane/kernel";
import { expect } from "chai";
import { one, service } from "../src/index.js";
import { canonical, idOf, setBack } from "../src/simulator/canonical.js";
import { explore, laws, Machine, replay, type Scenario, shrink, timeline, wander } from "../src/simulator/index.js";
import {
  broken,
  catalogue,
  command,
  commutes,
  counts,
  type Ear,
  ear,
  ears,
  type Hears,
  knows,
  once,
  ring,
  type Rung,
  scenario,
  tower,
  type Village,
  village,
} from "./bells.js";

describe("simulator", () => {
  it("explores what cannot go wrong to its ends, the same ends with and without reduction", () => {
    const [reduced, whole] = [explore(scenario({})), explore(scenario({}), { reduce: false })];
    expect(reduced).to.deep.include({ violations: [], complete: true });
    expect(whole).to.deep.include({ violations: [], complete: true, states: 9, transitions: 12, depth: 4 });
    expect(whole).to.deep.include({ ends: reduced.ends, endings: reduced.endings, schedules: 6 });
    expect(reduced.states).to.be.lessThan(whole.states);
  });

  it("finds a reaction declared commutes that does not commute, with its schedule", () => {
    const [violation] = broken({ services: [tower(), village(commutes, counts)] });
    expect(violation).to.deep.include({ rule: laws.redelivery, scenario: "bells" });
    expect(violation?.message).to.contain("village hears bell.rung a v1 again").and.contain("heard:2");
    expect(violation?.schedule).to.deep.equal(['tower is asked (0) ring {bellId:"a"}', "village hears bell.rung a v1"]);
  });

  it("finds a reaction that forgets a fact which comes too early: nobody promises to deliver it again", () => {
    const listens = service({
      ...{ name: "village", catalogue, tables: [ears] },
      reactions: [
        commutes("bell.rung", [], ear, ({ ear: there }: Village) =>
          there?.heard === 0 ? { next: { ear: { ...there, heard: 1 } } } : {},
        ),
      ],
      commands: {
        listen: command(
          [],
          ear,
          ({ ear: there }: Village, { bellId }: Rung) =>
            there === undefined ? { next: { ear: { bellId, heard: 0, answers: [] } } } : {},
          () => ({}),
        ),
      },
    });
    const listen = { service: "village", command: "listen", request: { bellId: "a" } };
    const [violation] = broken({ services: [tower(), listens], asks: [ring("a"), listen] });
    expect(violation?.rule).to.equal(laws.redelivery);
    expect(violation?.schedule.at(-1)).to.contain("village is asked (1) listen");
  });

  it("lets the same reaction pass when the inbox guards it", () => {
    expect(broken({ services: [tower(), village(once, counts)] })).to.deep.equal([]);
  });

  it("finds a reaction that fails, a row that is there already, and a fact announced of no row", () => {
    const hears: Hears = () => {
      throw new Error("deaf");
    };
    expect(broken({ services: [tower(), village(commutes, hears)] })[0]).to.deep.include({
      rule: laws.failure,
      message: "village hears bell.rung a v1: Error: deaf",
    });
    const says: Hears = (_state, data) => ({ events: [{ type: "bell.heard", data }] });
    expect(broken({ services: [tower(), village(commutes, says)] })[0]?.message).to.contain("no row under lock");
  });

  it("finds a command that does something else when it is given again, unless that is meant", () => {
    const more = service({
      ...{ name: "village", catalogue, tables: [ears], reactions: [] },
      commands: {
        listen: command([], ear, counts as (state: Village, rung: Rung) => Decision<{ ear: Ear }>, () => ({})),
      },
    });
    const listen = { service: "village", command: "listen", request: { bellId: "a" } };
    expect(broken({ services: [tower(), more], asks: [listen] })[0]?.rule).to.equal(laws.repeat);
    expect(broken({ services: [tower(), more], asks: [{ ...listen, repeats: false }] })).to.deep.equal([]);
  });

  it("finds what stays due for ever, and progress that goes round", () => {
    expect(broken({ services: [tower(() => undefined), village(commutes, knows)] })[0]?.rule).to.equal(laws.due);
    const swings = tower((there) => {
      const next = new Date((there.next?.getTime() ?? 0) + 1_000);
      return { ...there, rings: 1 - there.rings, next };
    });
    const [violation] = broken({ services: [swings, village(commutes, knows)] });
    expect(violation?.rule).to.equal(laws.cycle);
  });

  it("sees time pass without states that grow, where a row becomes due again and again", () => {
    const thrice = tower((there) => ({
      ...there,
      rings: there.rings + 1,
      next: there.rings === 3 ? undefined : new Date((there.next?.getTime() ?? 0) + 1_000),
    }));
    const exploration = explore(scenario({ services: [thrice], asks: [ring("a")] }));
    expect(exploration).to.deep.include({ violations: [], complete: true, states: 5, ends: 2 });
  });

  it("judges each state by the rules of its service and each end by the whole", () => {
    const always = [
      {
        name: "nobody hears",
        service: "village",
        broken: (village: { rows<Row extends object>(table: string): readonly Row[] }) =>
          village.rows<Ear>("ear").length === 0 ? undefined : "somebody heard",
      },
    ];
    expect(broken({ always })[0]).to.deep.include({ rule: "nobody hears", message: "somebody heard" });
    const ends: Scenario["ends"] = [
      {
        name: "all rung",
        broken: (world) => (world.database("tower").rows("bell").length === 2 ? undefined : "one is silent"),
      },
    ];
    expect(broken({ ends })[0]).to.deep.include({ rule: "all rung", schedule: [] });
  });

  it("never delivers what a decision says does not concern it, and tells rules what was heard", () => {
    const deafToA = Object.assign((...heard: Parameters<Hears>) => knows(...heard), {
      concerns: ({ bellId }: Rung): boolean => bellId !== "a",
    });
    const ends: Scenario["ends"] = [
      {
        name: "nobody heard",
        broken: (world) => world.database("village").heard("bell.rung")[0]?.subject,
      },
    ];
    const services = [tower(), village(commutes, deafToA)];
    expect(broken({ services, ends, asks: [ring("a")] })).to.deep.equal([]);
    expect(broken({ services, ends })[0]).to.deep.include({ rule: "nobody heard", message: "b" });
  });

  it("finds what stale reads lose, where a service takes two facts at once", () => {
    const all = { ear: one(ears, () => "all") };
    const adds: Hears = (state) => counts(state, { bellId: "all" });
    const services = [
      tower(),
      service({
        ...{ name: "village", catalogue, tables: [ears] },
        reactions: [once("bell.rung", ["bell.heard"], all, adds)],
      }),
    ];
    const ends: Scenario["ends"] = [
      {
        name: "all that was heard is counted",
        broken: (world) => {
          const village = world.database("village");
          const counted = village.rows<Ear>("ear")[0]?.heard ?? 0;
          return counted === village.heard().length ? undefined : `${counted} counted`;
        },
      },
    ];
    expect(broken({ services, ends })).to.deep.equal([]);
    const [violation] = broken({ services, ends, faults: { staleReads: ["village"] } });
    expect(violation).to.deep.include({ rule: "all that was heard is counted", message: "1 counted" });
  });

  it("says when there is more than it may look at", () => {
    const forEver = tower((there) => ({ ...there, rings: there.rings + 1 }));
    const endless = explore(scenario({ services: [forEver], asks: [ring("a")] }), { mostStates: 5_000 });
    expect(endless).to.deep.include({ complete: false, violations: [] });
    expect(explore(scenario({}), { mostStates: 2, reduce: false }).complete).to.equal(false);
  });

  it("refuses a scenario that names what is not there", () => {
    expect(() => explore(scenario({ asks: [{ ...ring("a"), service: "church" }] }))).to.throw("no service church");
    expect(() => explore(scenario({ asks: [{ ...ring("a"), command: "sing" }] }))).to.throw("no command sing");
    expect(() => explore(scenario({ given: [ring("a"), ring("a")] }))).to.throw("tower does not obey ring");
  });

  describe("schedules", () => {
    const noisy = scenario({
      services: [tower(), village(commutes, counts)],
      asks: ["a", "b", "c", "d", "e", "f"].map(ring),
      ends: [],
    });

    it("are found at random, the same by the same seed, and made as short as they get", () => {
      const [one, same] = [wander(noisy, { seed: 7 }), wander(noisy, { seed: 7 })];
      expect(one).to.deep.equal(same);
      expect(one.violation).to.deep.include({ rule: laws.redelivery });
      expect(one.violation?.schedule).to.have.length(2);
    });

    it("are taken again, shown as a timeline, and shrink to what cannot be left out", () => {
      const machine = new Machine(noisy);
      const long = ["b", "a", "c"].map((id, number) => `tower is asked (${[1, 0, 2][number]}) ring {bellId:"${id}"}`);
      const schedule = [...long, "village hears bell.rung c v1"];
      expect(replay(machine, schedule).trouble?.rule).to.equal(laws.redelivery);
      const violation = { scenario: "bells", rule: laws.redelivery, message: "", schedule };
      const short = shrink(machine, violation);
      expect(short.schedule).to.have.length(2);
      const shown = timeline(machine, short);
      expect(shown).to.contain(`bells: the rule "${laws.redelivery}" is broken`);
      expect(shown).to.contain("announces bell.rung").and.contain("heard:1");
      expect(shown.split("\n").at(-1)).to.contain("again, and changes");
    });

    it("end well where nothing is wrong", () => {
      expect(wander(scenario({}), { seed: 1 })).to.deep.include({ violation: undefined });
      expect(replay(new Machine(scenario({})), []).trouble).to.equal(undefined);
    });
  });

  it("writes equal values as one text, and sets moments back from the time that passed", () => {
    const value = { b: 1n, a: [new Date(5), undefined, null, "x"], c: undefined, d: new Uint8Array([1]) };
    expect(canonical(value)).to.equal('{a:[@5,_,null,"x"],b:1n,d:x01}');
    expect(idOf("x")).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
    const at = (milliseconds: number) => new Date(milliseconds);
    const moved = setBack({ past: at(50), between: at(150), now: at(200), later: [at(260)] }, 200, 100);
    expect(moved).to.deep.equal({ past: at(50), between: at(100), now: at(100), later: [at(160)] });
  });
});
