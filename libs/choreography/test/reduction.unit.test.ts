import type { Catalogue, Codec, Decision, FactType } from "@pavane/kernel";
import { nothing } from "@pavane/kernel";
import { int4, json, table, text } from "@pavane/store";
import { expect } from "chai";
import fc from "fast-check";
import { one, service, vocabulary } from "../src/index.js";
import { explore, type Scenario } from "../src/simulator/index.js";
import { Ints, Pool } from "../src/simulator/pool.js";
import { shapeOf } from "../src/simulator/progress.js";

interface Data {
  readonly from: string;
}
const names = ["t0", "t1", "t2", "t3", "t4", "t5", "t6", "t7"] as const;
type Name = (typeof names)[number];
type Facts = { readonly [N in Name]: Data };

const sites = ["red", "green", "blue"] as const;
const ownerOf = (name: Name): string => sites[names.indexOf(name) % sites.length] ?? "red";
const codec: Codec<Data> = {
  encode: (data) => ({ finish: () => Buffer.from(JSON.stringify(data)) }),
  decode: (bytes) => JSON.parse(Buffer.from(bytes).toString()) as Data,
  toJSON: (data) => data,
  fromJSON: (data) => data as Data,
};
const catalogue = Object.fromEntries(
  names.map((name): [string, FactType<Name, Data>] => [
    name,
    {
      ...{ name, owner: ownerOf(name), aggregate: ownerOf(name), forever: names.indexOf(name) % 2 === 0, end: false },
      ...{ message: name, codec, subjectOf: ({ from }) => from, orderIdOf: () => undefined },
    },
  ]),
) as Catalogue<Facts>;

interface Row {
  readonly id: string;
  readonly state: number;
  readonly heard: readonly string[];
}

/** What a random service does: on hearing a fact in a state, the row it touches, its next state, what it announces. */
interface Table {
  readonly row: readonly number[];
  readonly next: readonly number[];
  readonly says: readonly number[];
}

/** A service that knows each fact it has handled, so that redelivery changes nothing, and is arbitrary otherwise. */
function arbitrary(site: string, { row, next, says }: Table) {
  const rows = table<Row>("row", {
    key: "id",
    aggregate: site,
    columns: { id: text, state: int4, heard: json<readonly string[]>() },
  });
  const decide =
    (index: number, name: string) =>
    ({ row: there }: { readonly row: Row | undefined }): Decision<{ row: Row }, never> => {
      const { id, state, heard } = there ?? { id: `r${row[index] ?? 0}`, state: 0, heard: [] };
      if (heard.includes(name)) return nothing;
      const at = index * 4 + state;
      const changed = { id, state: next[at] ?? 0, heard: [...heard, name].sort() };
      const announced = names[says[at] ?? 0];
      // Only a fact with a higher number: so nothing goes round.
      if (announced === undefined || ownerOf(announced) !== site || names.indexOf(announced) <= index) {
        return { next: { row: changed } };
      }
      return { next: { row: changed }, events: [{ type: announced, data: { from: id } } as never] };
    };
  const own = names.filter((name) => ownerOf(name) === site);
  const { command, commutes } = vocabulary(catalogue);
  const slot = (index: number) => ({ row: one(rows, () => `r${row[index] ?? 0}`) });
  return service({
    name: site,
    catalogue,
    tables: [rows],
    reactions: names.map((name, index) => commutes(name, own, slot(index), decide(index, name) as never)),
    commands: {
      start: command(own, slot(0), decide(0, "start") as never, () => ({})),
      poke: command(own, slot(1), decide(1, "poke") as never, () => ({})),
    },
  });
}

const number = (max: number, length: number) => fc.array(fc.nat(max), { minLength: length, maxLength: length });
const tables = fc.record({ row: number(1, 8), next: number(3, 32), says: number(7, 32) });

describe("partial-order reduction", () => {
  it("comes to the same ends as every order does, for services that do anything", () => {
    fc.assert(
      fc.property(fc.tuple(tables, tables, tables), fc.boolean(), ([red, green, blue], deadLetters) => {
        const scenario: Scenario = {
          name: "anything",
          services: [arbitrary("red", red), arbitrary("green", green), arbitrary("blue", blue)],
          asks: [
            { service: "red", command: "start", request: {} },
            { service: "green", command: "start", request: {} },
            { service: "blue", command: "poke", request: {} },
          ],
          deadLetters,
        };
        const whole = explore(scenario, { reduce: false, mostStates: 10_000 });
        fc.pre(whole.complete);
        const reduced = explore(scenario);
        expect(reduced.violations).to.deep.equal(whole.violations);
        expect(reduced.ends).to.equal(whole.ends);
        expect(reduced.endings).to.equal(whole.endings);
        expect(reduced.states).to.be.at.most(whole.states);
      }),
      { numRuns: 60 },
    );
  }).timeout(120_000);
});

describe("pool", () => {
  it("is a set of vectors, numbered in the order in which they came", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(9), fc.nat(9), fc.nat(2_000))), (vectors) => {
        const pool = new Pool(3);
        const numbers = new Map<string, number>();
        for (const vector of vectors) {
          const known = numbers.get(vector.join());
          if (known === undefined) numbers.set(vector.join(), numbers.size);
          expect(pool.add(Int32Array.from(vector))).to.equal(known === undefined ? numbers.size - 1 : ~known);
        }
        const read = new Int32Array(3);
        for (const [text, index] of numbers) {
          pool.read(index, read);
          expect(read.join()).to.equal(text);
        }
        expect(pool.size).to.equal(numbers.size);
      }),
    );
    const large = new Pool(2);
    for (let index = 0; index < 20_000; index++) large.add(Int32Array.of(index, index % 7));
    expect(large.add(Int32Array.of(19_999, 19_999 % 7))).to.equal(~19_999);
  });
});

describe("the graph of progress", () => {
  const graph = (edges: readonly (readonly number[])[]) => {
    const [offsets, targets] = [new Ints(), new Ints()];
    for (const next of edges) {
      offsets.push(targets.length);
      for (const state of next) targets.push(state);
    }
    offsets.push(targets.length);
    return { states: edges.length, offsets, targets };
  };

  it("counts the ways to an end and the longest of them", () => {
    expect(shapeOf(graph([[1, 2], [3], [3], [4], []]))).to.deep.equal({ cycle: undefined, schedules: 2, depth: 3 });
  });

  it("names a state of a cycle", () => {
    expect(shapeOf(graph([[1], [2], [1]])).cycle).to.be.oneOf([1, 2]);
  });
});
