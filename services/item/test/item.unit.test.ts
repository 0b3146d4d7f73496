// Items themselves: created, restocked, priced, taken off the shelf.

import { ItemKind } from "@pavane/contracts/purchase";
import { money, Refused } from "@pavane/kernel";
import { expect } from "chai";
import { createItem, receive, setAvailability, setPrice } from "../src/domain/item.js";
import { asked, context, item } from "./examples.js";

function refusal(decide: () => unknown): string {
  try {
    decide();
  } catch (error) {
    if (error instanceof Refused) return `${error.reason} ${error.code}`;
    throw error;
  }
  return "accepted";
}

const whole = {
  itemId: "item-1",
  name: "Magic Sword",
  kind: ItemKind.DIGITAL,
  price: money("USD", 1000n),
  available: true,
};

describe("creating an item", () => {
  it("lists it with its first stock received", () => {
    const { next, events } = createItem({ item: undefined }, asked(), context);
    expect(events).to.deep.equal([{ type: "item.listed", data: whole }]);
    expect(next?.item).to.include({ stock: 10n, received: 10n, reserved: 0n, allocated: 0n, sold: 0n });
    expect(next?.item?.createTime).to.equal(context.now);
  });

  it("answers a repeat of the same request the same, even after the item has changed", () => {
    const changed = item({ priceMinorUnits: 5n, available: false, stock: 0n, sold: 10n });
    expect(createItem({ item: changed }, asked(), context)).to.deep.equal({});
  });

  for (const [what, change] of [
    ["name", { name: "Other" }],
    ["kind", { kind: ItemKind.PHYSICAL }],
    ["price", { price: money("USD", 1001n) }],
    ["currency", { price: money("EUR", 1000n) }],
    ["stock", { initialStock: 11n }],
    ["availability", { available: false }],
  ] as const) {
    it(`refuses the same id with another ${what}`, () => {
      const code = refusal(() => createItem({ item: item() }, asked(change), context));
      expect(code).to.equal("already_exists ITEM_ALREADY_EXISTS");
    });
  }
});

describe("a delivery", () => {
  const request = { itemId: "item-1", restockId: "restock-1", quantity: 5n };

  it("adds its units to the stock and to what was received", () => {
    const { next, events } = receive({ item: item({ stock: 3n, sold: 7n }), restock: undefined }, request, context);
    expect(events).to.deep.equal([{ type: "stock.received", data: { ...request, stock: 8n } }]);
    expect(next?.item).to.include({ stock: 8n, sold: 7n, received: 15n });
    expect(next?.restock).to.deep.equal({ ...request, createTime: context.now });
  });

  it("adds them once for its id", () => {
    const restock = { ...request, createTime: context.now };
    expect(receive({ item: item(), restock }, request, context)).to.deep.equal({});
  });

  it("is refused under the id of another", () => {
    for (const other of [{ quantity: 6n }, { itemId: "item-2" }]) {
      const restock = { ...request, ...other, createTime: context.now };
      const code = refusal(() => receive({ item: item(), restock }, request, context));
      expect(code).to.equal("already_exists RESTOCK_ALREADY_EXISTS");
    }
  });

  it("is refused for an item that does not exist", () => {
    const code = refusal(() => receive({ item: undefined, restock: undefined }, request, context));
    expect(code).to.equal("not_found ITEM_NOT_FOUND");
  });
});

describe("changing an item", () => {
  it("announces its whole state with the new price", () => {
    const price = money("EUR", 2500n);
    const { next, events } = setPrice({ item: item() }, { itemId: "item-1", price });
    expect(events).to.deep.equal([{ type: "item.changed", data: { ...whole, price } }]);
    expect(next?.item).to.deep.equal({ ...item(), currencyCode: "EUR", priceMinorUnits: 2500n });
  });

  it("announces its whole state when it goes off the shelf", () => {
    const { events } = setAvailability({ item: item() }, { itemId: "item-1", available: false });
    expect(events).to.deep.equal([{ type: "item.changed", data: { ...whole, available: false } }]);
  });

  it("says nothing when nothing changes", () => {
    expect(setPrice({ item: item() }, { itemId: "item-1", price: money("USD", 1000n) })).to.deep.equal({});
    expect(setAvailability({ item: item() }, { itemId: "item-1", available: true })).to.deep.equal({});
  });

  it("is refused for an item that does not exist", () => {
    const none = { item: undefined };
    expect(refusal(() => setPrice(none, { itemId: "x", price: money("USD", 1n) }))).to.equal(
      "not_found ITEM_NOT_FOUND",
    );
    expect(refusal(() => setAvailability(none, { itemId: "x", available: true }))).to.equal("not_found ITEM_NOT_FOUND");
  });
});
