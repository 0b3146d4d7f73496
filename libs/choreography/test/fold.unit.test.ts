import { Refused } from "@pavane/kernel";
import { expect } from "chai";
import { fold, type Folding } from "../src/fold.js";
import type { AnyRule } from "../src/inputs.js";
import { one, service, vocabulary } from "../src/index.js";
import { Memory } from "../src/memory.js";
import { brew, catalogue, kitchen, pots, sips } from "./toy.js";

const context = { now: new Date(0), id: "input", version: 1n };
const rule = kitchen.reactions.get("tea.ordered") as AnyRule;
const order = (orderId: string, cups: string): Folding => ({ rule, data: { orderId, cups }, context });

function memoryFor(...foldings: Folding[]): Memory {
  const memory = new Memory(kitchen.tables);
  for (const folding of foldings) memory.want(folding.rule.slots, folding.data);
  return memory;
}

const take = (memory: Memory, folding: Folding) => fold(kitchen, memory, folding, (announced) => announced.length);

describe("fold", () => {
  it("lets each decision see what the one before it in the batch left", () => {
    const [first, second] = [order("a", "2"), order("a", "3")];
    const memory = memoryFor(first, second);
    take(memory, first);
    expect(take(memory, second).announced).to.deep.include({
      fact: catalogue["tea.served"],
      data: { orderId: "a", cups: "5" },
      subject: "a",
      version: 2n,
    });
    const table = kitchen.tables[0] ?? expect.fail();
    expect(memory.written(table)).to.deep.equal({
      inserts: [{ row: { potId: "a", cups: 5n }, version: 2n }],
      updates: [],
    });
  });

  it("goes on from the stored version and updates a row that is there", () => {
    const input = order("a", "1");
    const memory = memoryFor(input);
    const table = kitchen.tables[0] ?? expect.fail();
    memory.loaded(table, [{ pot_id: "a", cups: 7n, version: 41n }]);
    expect(take(memory, input).announced[0]?.version).to.equal(42n);
    expect(memory.written(table)).to.deep.equal({
      inserts: [],
      updates: [{ row: { potId: "a", cups: 8n }, version: 42n }],
    });
  });

  it("leaves memory as it was when a decision throws, and when its facts cannot be sealed", () => {
    const [good, bad] = [order("a", "2"), order("a", "boom")];
    const memory = memoryFor(good, bad);
    take(memory, good);
    expect(() => take(memory, bad)).to.throw("kettle");
    const unsealable = (): never => {
      throw new Error("no bytes");
    };
    expect(() => fold(kitchen, memory, good, unsealable)).to.throw("no bytes");
    const table = kitchen.tables[0] ?? expect.fail();
    expect(memory.written(table).inserts).to.deep.equal([{ row: { potId: "a", cups: 2n }, version: 1n }]);
  });

  it("answers a command from the rows as the decision left them, and refuses with nothing changed", () => {
    const command = kitchen.commands.get("brew") as AnyRule;
    const brewing = (cups: string): Folding => ({ rule: command, data: { orderId: "a", cups }, context });
    const memory = memoryFor(brewing("1"));
    expect(take(memory, brewing("4")).response).to.deep.equal({ cups: 4n });
    expect(() => take(memory, brewing("0"))).to.throw(Refused);
    expect(take(memory, brewing("1")).response).to.deep.equal({ cups: 5n });
  });

  it("locks keys in sorted order", () => {
    const memory = memoryFor(order("c", "1"), order("a", "1"), order("b", "1"));
    expect(memory.keys(kitchen.tables[0] ?? expect.fail())).to.deep.equal(["a", "b", "c"]);
  });
});

describe("service", () => {
  const { commutes } = vocabulary(catalogue);
  const slots = { pot: one(pots, ({ orderId }: { readonly orderId: string }) => orderId) };
  const none = () => ({});
  const declare = (name: string, reactions: Parameters<typeof service>[0]["reactions"], tables = [pots]) =>
    service({ name, catalogue, tables, reactions });

  it("refuses a fact that another service owns", () => {
    expect(() => declare("bar", [commutes("tea.ordered", ["tea.served"], slots, none)])).to.throw(
      "announces tea.served, which only kitchen may",
    );
  });

  it("refuses a table that is not listed and an announcement without its aggregate's row", () => {
    const listed = { pot: slots.pot };
    expect(() =>
      service({ name: "kitchen", catalogue, tables: [sips], reactions: [commutes("tea.ordered", [], listed, none)] }),
    ).to.throw("table pot is not listed");
    expect(() => declare("kitchen", [commutes("tea.ordered", ["tea.served"], {}, none)])).to.throw(
      "no slot on a table of aggregate pot",
    );
  });

  it("refuses two reactions to one fact", () => {
    const reaction = commutes("tea.ordered", [], slots, none);
    expect(() => declare("kitchen", [reaction, reaction])).to.throw("two reactions to tea.ordered");
  });

  it("keeps decisions typed", () => {
    expect(brew({ pot: undefined }, { orderId: "a", cups: "1" }).next?.pot.cups).to.equal(1n);
  });
});
