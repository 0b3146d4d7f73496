// Lanes and progress: what is sent when, and what may be stored when.

import { expect } from "chai";
import fc from "fast-check";
import { type Fact, Lanes } from "../src/lanes.js";
import { Progress } from "../src/progress.js";

function fact(position: number, aggregate = "a", version = position, part = 0): Fact {
  return {
    position: BigInt(position),
    id: String(position),
    part,
    aggregate,
    version: BigInt(version),
    type: "thing.changed",
    message: Buffer.from("x"),
    since: position,
    generation: undefined,
    done: false,
    failures: 0,
  };
}

const cursor = (position: number, part = 0) => ({ part, position: BigInt(position), snapshot: "1:1:", floor: 0n });

describe("lanes", () => {
  it("send each aggregate's facts in order and one at a time, whatever comes back when", () => {
    const steps = fc.array(fc.record({ aggregate: fc.constantFrom("a", "b", "c"), answers: fc.array(fc.boolean()) }));
    fc.assert(
      fc.property(steps, (list) => {
        const lanes = new Lanes();
        const sent: Fact[] = [];
        const flying: ReturnType<Lanes["next"]>[] = [];
        const versions = new Map<string, number>();
        const pump = () => {
          for (let lane = lanes.next(); lane; lane = lanes.next()) {
            expect(flying.some((other) => other?.aggregate === lane?.aggregate)).to.equal(false);
            flying.push(lane);
          }
        };
        const answer = (acknowledged: boolean) => {
          const lane = flying.shift();
          const first = lane?.facts[0];
          if (lane && first) {
            if (acknowledged) {
              sent.push(first);
              lanes.finish(lane);
            }
            lanes.free(lane);
            pump();
          }
        };
        for (const [n, { aggregate, answers }] of list.entries()) {
          const version = (versions.get(aggregate) ?? 0) + 1;
          versions.set(aggregate, version);
          lanes.add(fact(n, aggregate, version));
          pump();
          answers.forEach(answer);
        }
        while (flying.length > 0) {
          answer(true);
        }
        expect(lanes.pending).to.equal(0);
        for (const [aggregate, version] of versions) {
          const order = sent.filter((each) => each.aggregate === aggregate).map((each) => Number(each.version));
          expect(order).to.deep.equal(Array.from({ length: version }, (_, n) => n + 1));
        }
      }),
    );
  });

  it("let go of a dropped part's facts, and of answers that come for them later", () => {
    const lanes = new Lanes();
    lanes.add(fact(1, "a", 1, 0));
    lanes.add(fact(2, "b", 1, 1));
    const flying = lanes.next();
    expect(lanes.drop(new Set([0])).map(({ id }) => id)).to.deep.equal(["1"]);
    expect(flying && lanes.holds(flying)).to.equal(false);
    expect(lanes.pending).to.equal(1);
    expect(lanes.last("a")).to.equal(0n);
    lanes.add(fact(1, "a", 1, 0));
    expect(lanes.next()?.facts[0]?.id).to.equal("2");
    expect(lanes.next()?.facts[0]?.id).to.equal("1");
  });

  it("remember a fact of the fast path until the ledger has shown it", () => {
    const lanes = new Lanes();
    lanes.add(fact(1));
    const lane = lanes.next();
    if (lane) {
      lanes.finish(lane);
    }
    const done = lanes.fact(1n);
    expect(done).to.include({ done: true, message: undefined });
    lanes.forget(done as Fact);
    expect(lanes.size).to.equal(0);
  });
});

describe("progress", () => {
  it("lets a cursor be stored when all facts up to it are done, in whatever order they are", () => {
    const progress = new Progress();
    const first = progress.begin([cursor(10)]);
    progress.open(first);
    const second = progress.begin([cursor(20)]);
    progress.open(second);
    progress.close(second);
    expect(progress.storable()).to.deep.equal([]);
    progress.close(first);
    expect(progress.storable()).to.deep.equal([cursor(20)]);
    progress.stored([cursor(20)]);
    expect(progress.storable()).to.deep.equal([]);
    progress.refresh();
    expect(progress.storable()).to.deep.equal([cursor(20)]);
  });

  it("never stores a cursor beyond a fact that waits, however many readings follow", () => {
    const progress = new Progress();
    const waiting = progress.begin([cursor(10)]);
    progress.open(waiting);
    for (let position = 11; position < 1_000; position++) {
      progress.begin([cursor(position)]);
    }
    expect(progress.storable()).to.deep.equal([]);
    progress.close(waiting);
    expect(progress.storable()).to.deep.equal([cursor(999)]);
  });

  it("forgets the cursors of parts that were dropped", () => {
    const progress = new Progress();
    progress.begin([cursor(10, 0), cursor(10, 1)]);
    progress.drop(new Set([0]));
    expect(progress.storable()).to.deep.equal([cursor(10, 1)]);
  });
});
