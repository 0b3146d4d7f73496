// Item on a real Postgres and NATS: races, redelivery, cancelling before reserving.

import type { GetItemResponse } from "@pavane/contracts/item";
import { ItemKind, type Line, type Purchase, PurchaseMode } from "@pavane/contracts/purchase";
import { eventually, goods, line, purchase, type Stage, stage } from "@pavane/testkit";
import { expect } from "chai";
import { itemService } from "../src/index.js";
import { queries } from "../src/rpc.js";
import { asked } from "./examples.js";

const dispatch = { carrier: "DHL", trackingNumber: "T1" };

describe("the item service", function () {
  this.timeout(60_000);
  let shop: Stage;

  before(async () => {
    shop = await stage({ definition: itemService, migrations: new URL("../../migrations/", import.meta.url) });
  });
  after(() => shop.close());

  const create = async (itemId: string, initialStock: bigint, kind = ItemKind.DIGITAL): Promise<void> => {
    await shop.ask("createItem", asked({ itemId, initialStock, kind }));
  };
  const places = async (itemId: string): Promise<bigint[]> => {
    const { item } = await queries(shop.store).getItem({ itemId });
    return [item.stock, item.reserved, item.allocated, item.sold];
  };
  const order = (orderId: string, ...lines: readonly Line[]): Purchase => purchase({ orderId, lines });
  const reserve = (of: Purchase, id?: string): string =>
    shop.say("slots.reserved", { purchase: of, slots: 1 }, id === undefined ? {} : { id });
  const cancel = (of: Purchase): string => shop.say("order.cancelling", { purchase: of, code: "EXPIRED", reason: "" });
  const factsOf = (orderId: string): string[] =>
    shop.announced.filter(({ subject }) => subject === orderId).map(({ type, version }) => `${version} ${type}`);
  const said = (orderId: string, ...facts: readonly string[]): Promise<unknown> =>
    eventually(() => expect(factsOf(orderId)).to.deep.equal(facts));

  it("reserves, allocates and deducts an order, whatever is delivered again", async () => {
    await create("blade", 10n);
    await create("shield", 10n, ItemKind.PHYSICAL);
    const whole = order("whole", line({ itemId: "blade", quantity: 2 }), goods({ itemId: "shield", quantity: 3 }));
    const id = reserve(whole);
    await said("whole", "1 stock.reserved");
    for (let again = 0; again < 5; again++) reserve(whole, id);
    shop.say("order.completed", { purchase: whole });
    await eventually(async () => expect(await places("shield")).to.deep.equal([7n, 0n, 3n, 0n]));
    expect(await places("blade")).to.deep.equal([8n, 0n, 0n, 2n]);
    for (let again = 0; again < 3; again++) shop.say("shipment.dispatched", { purchase: whole, ...dispatch });
    shop.say("order.completed", { purchase: whole });
    await eventually(async () => expect(await places("shield")).to.deep.equal([7n, 0n, 0n, 3n]));
    expect(await places("blade")).to.deep.equal([8n, 0n, 0n, 2n]);
    await said("whole", "1 stock.reserved");
  });

  it("holds nothing for an order that was cancelled before it was placed", async () => {
    await create("early", 10n);
    const late = order("late", line({ itemId: "early" }));
    cancel(late);
    await said("late", "1 stock.released");
    reserve(late);
    cancel(late);
    const after = order("after", line({ itemId: "early" }));
    reserve(after);
    await said("after", "1 stock.reserved");
    expect(await places("early")).to.deep.equal([9n, 1n, 0n, 0n]);
    expect(factsOf("late")).to.deep.equal(["1 stock.released"]);
  });

  it("never oversells to buyers who race for the last units on two replicas", async () => {
    const other = await shop.join();
    await create("gem", 10n);
    const orders = Array.from({ length: 60 }, (_, index) => order(`race-${index}`, line({ itemId: "gem" })));
    for (const of of [...orders, ...orders]) reserve(of);
    await eventually(() => {
      const answers = orders.flatMap(({ orderId }) => factsOf(orderId));
      expect(answers.filter((fact) => fact === "1 stock.reserved")).to.have.length(10);
      expect(answers.filter((fact) => fact === "1 stock.rejected")).to.have.length(50);
    });
    expect(await places("gem")).to.deep.equal([0n, 10n, 0n, 0n]);
    for (const of of [...orders, ...orders]) cancel(of);
    await eventually(() => {
      for (const { orderId } of orders) expect(factsOf(orderId)[1]).to.equal("2 stock.released");
    });
    expect(await places("gem")).to.deep.equal([10n, 0n, 0n, 0n]);
    await other.stop(5_000);
  });

  it("creates one item for twenty callers who race, and adds a delivery once", async () => {
    const other = await shop.join();
    const request = { itemId: "raced", restockId: "raced-1", quantity: 5n };
    const create20 = Array.from({ length: 20 }, async (_, index) =>
      index % 2 === 0
        ? await create("raced", 10n)
        : await other.execute("createItem", asked({ itemId: "raced" }), { actor: "test" }),
    );
    await Promise.all(create20);
    const answers = await Promise.all(Array.from({ length: 20 }, () => shop.ask<GetItemResponse>("restock", request)));
    expect(new Set(answers.map(({ item }) => item.stock))).to.deep.equal(new Set([15n]));
    await said("raced", "1 item.listed", "2 stock.received");
    await other.stop(5_000);
  });

  it("refuses one caller of a batch and answers the others", async () => {
    await create("taken", 1n);
    const outcomes = await Promise.allSettled([
      shop.ask("createItem", asked({ itemId: "taken", name: "Other" })),
      shop.ask("setPrice", { itemId: "taken", price: { currencyCode: "USD", minorUnits: 7n } }),
      shop.ask("setAvailability", { itemId: "nothing", available: false }),
      shop.ask("setAvailability", { itemId: "taken", available: false }),
    ]);
    expect(outcomes.map(({ status }) => status)).to.deep.equal(["rejected", "fulfilled", "rejected", "fulfilled"]);
    const { item } = await queries(shop.store).getItem({ itemId: "taken" });
    expect(item).to.deep.include({ available: false, price: { currencyCode: "USD", minorUnits: 7n } });
    await said("taken", "1 item.listed", "2 item.changed", "3 item.changed");
  });

  it("ignores what makes it reserve and release in an orchestrated purchase", async () => {
    await create("conducted", 5n);
    const of = purchase({
      orderId: "conducted-1",
      lines: [line({ itemId: "conducted" })],
      mode: PurchaseMode.ORCHESTRATED,
    });
    reserve(of);
    cancel(of);
    reserve(order("conducted-2", line({ itemId: "conducted" })));
    cancel(order("conducted-3", line({ itemId: "conducted" })));
    await said("conducted-2", "1 stock.reserved");
    await said("conducted-3", "1 stock.released");
    expect(factsOf("conducted-1")).to.deep.equal([]);
    expect(await places("conducted")).to.deep.equal([4n, 1n, 0n, 0n]);
  });
});
