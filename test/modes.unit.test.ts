// One order is never driven by both: every participant's table, row by row, held against the mode of the purchase.
import { fileURLToPath } from "node:url";
import type { Reaction, ServiceDefinition } from "@pavane/choreography";
import { type Context, nothing, Unexpected } from "@pavane/kernel";
import { PurchaseMode } from "@pavane/contracts/purchase";
import { everyService } from "@pavane/local";
import { goods, line, purchase } from "@pavane/testkit";
import { expect } from "chai";

const context: Context = { now: new Date(0), id: "id", version: 1n };
const participants = ["user", "inventory", "item", "shipping", "payment"];
/** In both modes the order's own column is the same, and it alone decides; and what was decided is confirmed. */
const inBoth = new Set(["order.completed", "shipment.dispatched"]);

describe("the mode of a purchase", () => {
  let shop: readonly ServiceDefinition[] = [];
  before(async () => {
    shop = await everyService(fileURLToPath(new URL("../..", import.meta.url)));
  });

  const heard = (mode: PurchaseMode, lines = [line(), goods()]) => ({
    purchase: purchase({ lines, mode }),
    ...{ sagaId: "order-1", step: 1, code: "EXPIRED", reason: "", slots: 0 },
  });
  const take = ({ decide }: Reaction, mode: PurchaseMode) => decide({ items: {} }, heard(mode), context);
  const ownerOf = (service: ServiceDefinition, fact: string) => service.facts.get(fact)?.owner;
  const rowsOf = (names: readonly string[], ofSaga: boolean) =>
    shop.flatMap((service) => {
      if (!names.includes(service.name)) return [];
      return [...service.reactions.values()].filter(({ on }) => (ownerOf(service, on) === "saga") === ofSaga);
    });

  it("keeps every participant from what moves it by choreography when a saga conducts", () => {
    const rows = rowsOf(participants, false).filter(({ on }) => !inBoth.has(on));
    expect(rows).to.have.length(11);
    for (const row of rows) {
      expect(take(row, PurchaseMode.ORCHESTRATED), row.on).to.equal(nothing);
      expect(row.concerns?.(heard(PurchaseMode.ORCHESTRATED)), row.on).to.equal(false);
      // Some concern only purchases of which something ships, or nothing.
      const some = [[line()], [goods()]].map((lines) => row.concerns?.(heard(PurchaseMode.CHOREOGRAPHED, lines)));
      expect(some, row.on).to.include(true);
    }
  });

  it("makes every command for a choreographed purchase unexpected, and a dead letter", () => {
    const rows = rowsOf([...participants, "order"], true);
    expect(rows).to.have.length(11);
    for (const row of rows) {
      expect(() => take(row, PurchaseMode.CHOREOGRAPHED), row.on).to.throw(Unexpected, "order-1");
    }
  });

  it("keeps the saga from every fact of a choreographed purchase", () => {
    const rows = rowsOf(["saga"], false);
    expect(rows).to.have.length(19);
    for (const row of rows) expect(take(row, PurchaseMode.CHOREOGRAPHED), row.on).to.deep.equal({});
  });
});
