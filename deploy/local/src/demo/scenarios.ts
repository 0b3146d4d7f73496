// The demo, declared: every way a purchase can go, with the facts and the end it must have.
import { ItemKind } from "@pavane/contracts/purchase";
import { approve, cancel, cancelDuringCharge, deliver, dispatch, reject, setPrice } from "./acts.js";
import type { Buyer, FactName, Scenario, Wish } from "./scenario.js";

const rich: Buyer = { balance: 50_000_00n };
const potion: Wish = { name: "Health Potion", kind: ItemKind.DIGITAL, quantity: 2, price: 20_00n };
const sword: Wish = { name: "Magic Sword", kind: ItemKind.DIGITAL, quantity: 1, price: 100_00n };
const shield: Wish = { name: "Oak Shield", kind: ItemKind.PHYSICAL, quantity: 1, price: 75_00n };
const crown: Wish = { name: "King's Crown", kind: ItemKind.DIGITAL, quantity: 1, price: 12_000_00n };

const held: readonly FactName[] = ["order.placed", "funds.reserved", "slots.reserved", "stock.reserved"];
const paid: readonly FactName[] = [...held, "payment.captured", "order.completed"];
const shipped: readonly FactName[] = [...held, "shipment.prepared", "payment.captured", "order.completed"];
const reviewed: readonly FactName[] = ["order.submitted", "order.approved"];

/** All five answer the cancelling, payment in its own way; then the order ends. */
const undone = (payment: FactName = "payment.voided"): readonly FactName[] => [
  "order.cancelling",
  "funds.released",
  "slots.released",
  "stock.released",
  "shipment.cancelled",
  payment,
  "order.cancelled",
];

/** In the order in which they are shown. */
export const scenarios: readonly Scenario[] = [
  {
    name: "wallet",
    story: "two potions, paid from the wallet",
    buyer: rich,
    basket: [potion],
    ends: { outcome: "COMPLETED", facts: paid },
  },
  {
    name: "card-shipped",
    story: "a shield by card: dispatched, then delivered",
    buyer: { balance: 0n },
    basket: [shield],
    card: "tok_approved",
    acts: [dispatch, deliver],
    ends: { outcome: "DELIVERED", facts: [...shipped, "shipment.dispatched", "shipment.delivered"] },
  },
  {
    name: "mixed-lines",
    story: "a potion to have at once and a shield to be sent, in one order",
    buyer: rich,
    basket: [potion, shield],
    ends: { outcome: "COMPLETED", facts: shipped },
  },
  {
    name: "free",
    story: "a gift by card: nothing to pay, so no provider is asked",
    buyer: { balance: 0n },
    basket: [{ ...potion, name: "Welcome Gift", price: 0n, quantity: 1 }],
    card: "tok_declined",
    ends: { outcome: "COMPLETED", facts: paid },
  },
  {
    name: "insufficient-balance",
    story: "a sword for 100.00 with 30.00 in the wallet",
    buyer: { balance: 30_00n },
    basket: [sword],
    ends: {
      outcome: "CANCELLED",
      code: "INSUFFICIENT_BALANCE",
      facts: ["order.placed", "funds.rejected", ...undone()],
    },
  },
  {
    name: "suspended-user",
    story: "a user who may not buy",
    buyer: { ...rich, suspended: true },
    basket: [potion],
    ends: { outcome: "CANCELLED", code: "USER_NOT_ACTIVE", facts: ["order.placed", "funds.rejected", ...undone()] },
  },
  {
    name: "unknown-user",
    story: "a user nobody has heard of",
    buyer: "nobody",
    basket: [potion],
    ends: { outcome: "CANCELLED", code: "USER_NOT_FOUND", facts: ["order.placed", "funds.rejected", ...undone()] },
  },
  {
    name: "purchase-limit",
    story: "a sword for 100.00, and at most 50.00 an order",
    buyer: { ...rich, limit: 50_00n },
    basket: [sword],
    ends: {
      outcome: "CANCELLED",
      code: "PURCHASE_LIMIT_EXCEEDED",
      facts: ["order.placed", "funds.rejected", ...undone()],
    },
  },
  {
    name: "full-inventory",
    story: "two potions, and room for one",
    buyer: { ...rich, slots: 1 },
    basket: [potion],
    ends: {
      outcome: "CANCELLED",
      code: "INVENTORY_FULL",
      facts: ["order.placed", "funds.reserved", "slots.rejected", ...undone()],
    },
  },
  {
    name: "out-of-stock",
    story: "two potions, and one on the shelf: the sword beside them is not held either",
    buyer: rich,
    basket: [sword, { ...potion, stock: 1 }],
    ends: {
      outcome: "CANCELLED",
      code: "OUT_OF_STOCK",
      facts: ["order.placed", "funds.reserved", "slots.reserved", "stock.rejected", ...undone()],
    },
  },
  {
    name: "disabled-item",
    story: "an item that was taken off the shelf",
    buyer: rich,
    basket: [{ ...potion, available: false }],
    ends: {
      outcome: "CANCELLED",
      code: "ITEM_NOT_AVAILABLE",
      facts: ["order.placed", "funds.reserved", "slots.reserved", "stock.rejected", ...undone()],
    },
  },
  {
    name: "price-changed",
    story: "the crown gets dearer while the order waits for its review",
    buyer: rich,
    basket: [crown],
    acts: [setPrice(12_500_00n), approve],
    ends: {
      outcome: "CANCELLED",
      code: "PRICE_CHANGED",
      facts: [...reviewed, "order.placed", "funds.reserved", "slots.reserved", "stock.rejected", ...undone()],
    },
  },
  {
    name: "price-refused",
    story: "the customer was told another price: refused at the door, nothing begins",
    buyer: rich,
    basket: [sword],
    expectedTotal: 90_00n,
    ends: { outcome: "REFUSED", code: "PRICE_CHANGED", facts: [] },
  },
  {
    name: "declined-card",
    story: "the provider declines the card",
    buyer: rich,
    basket: [potion],
    card: "tok_declined",
    ends: { outcome: "CANCELLED", code: "PAYMENT_DECLINED", facts: [...held, "payment.failed", ...undone()] },
  },
  {
    name: "undeliverable-address",
    story: "a shield for the South Pole",
    buyer: rich,
    basket: [shield],
    country: "AQ",
    ends: { outcome: "CANCELLED", code: "ADDRESS_UNDELIVERABLE", facts: [...held, "shipment.rejected", ...undone()] },
  },
  {
    name: "user-cancel",
    story: "the customer thinks again while the order waits for its review",
    buyer: rich,
    basket: [crown],
    acts: [cancel],
    ends: { outcome: "CANCELLED", code: "CANCELLED_BY_USER", facts: ["order.submitted", ...undone()] },
  },
  {
    name: "review-approved",
    story: "above 10,000.00 somebody looks first, and approves",
    buyer: rich,
    basket: [crown],
    acts: [approve],
    ends: { outcome: "COMPLETED", facts: [...reviewed, ...paid] },
  },
  {
    name: "review-rejected",
    story: "somebody looks first, and rejects",
    buyer: rich,
    basket: [crown],
    acts: [reject],
    ends: { outcome: "CANCELLED", code: "REJECTED_BY_REVIEW", facts: ["order.submitted", ...undone()] },
  },
  {
    name: "cancel-during-charge",
    story: "cancelled while a slow charge is under way: charged, then refunded",
    buyer: rich,
    basket: [sword],
    card: "tok_slow",
    acts: [cancelDuringCharge],
    ends: { outcome: "CANCELLED", code: "CANCELLED_BY_USER", facts: [...held, ...undone("payment.refunded")] },
  },
  {
    name: "expiry",
    story: "the inventory service stands still: the deadline ends the order, the others release at once",
    buyer: rich,
    basket: [potion],
    without: "inventory",
    conducted: {
      story: "the inventory service stands still: its step is late, and those after it are released at once",
      code: "STEP_TIMED_OUT",
    },
    ends: {
      outcome: "CANCELLED",
      code: "EXPIRED",
      facts: ["order.placed", "funds.reserved", ...undone()],
      // Woken, it hears what it missed, and which of the two first is chance: the reserve may still find nothing.
      perhaps: ["slots.reserved"],
    },
  },
];
