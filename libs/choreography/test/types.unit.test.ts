import type { Announcement, Catalogue, Decision } from "@pavane/kernel";
import { int8, table, text } from "@pavane/store";
import { many, one, vocabulary } from "../src/index.js";

interface Facts {
  "tea.ordered": { readonly orderId: string; readonly cups: number };
  "tea.served": { readonly orderId: string };
  "tea.spilt": { readonly orderId: string };
}
declare const catalogue: Catalogue<Facts>;
interface Pot {
  readonly potId: string;
  readonly cups: bigint;
}
const pots = table<Pot>("pot", { key: "potId", columns: { potId: text, cups: int8 }, aggregate: "pot" });

const never = (): void => {
  const { commutes, command } = vocabulary(catalogue);
  const pot = {
    pot: one(pots, (fact: { orderId: string }) => fact.orderId),
    all: many(pots, (f: { orderId: string }) => [f.orderId]),
  };
  type Served = Announcement<"tea.served", Facts["tea.served"]>;
  const serve = (state: { pot: Pot | undefined }, fact: { orderId: string }): Decision<{ pot?: Pot }, Served> => ({
    next: { pot: state.pot ?? { potId: fact.orderId, cups: 1n } },
    events: [{ type: "tea.served", data: { orderId: "1" } }],
  });
  commutes("tea.ordered", ["tea.served"], pot, serve);
  // @ts-expect-error a fact that does not exist
  commutes("tea.cooked", ["tea.served"], pot, serve);
  // @ts-expect-error a decision that announces what its row does not list
  commutes("tea.ordered", ["tea.spilt"], pot, serve);
  // @ts-expect-error a decision that announces though its row lists nothing
  commutes("tea.ordered", [], pot, serve);
  // @ts-expect-error a payload of another fact
  commutes("tea.ordered", ["tea.served"], pot, () => ({ events: [{ type: "tea.served", data: { cups: 1 } }] }));
  // @ts-expect-error keys of what the fact does not carry
  commutes("tea.ordered", ["tea.served"], { pot: one(pots, (fact: { table: string }) => fact.table) }, () => ({}));
  const c = command(["tea.served"], pot, serve, (after) => ({ cups: after.pot.cups }));
  const typed: { takes: (request: { orderId: string }) => void; response: { cups: bigint } } | undefined = c.types;
  void typed;
};
void never;
