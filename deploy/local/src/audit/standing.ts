// Where an order stands for the audit: over with all its facts heard, still under way, or waiting for somebody.
import { ItemKind, PurchaseMode } from "@pavane/contracts/purchase";
import type { Account } from "./account.js";

/**
 * settled: completed or cancelled, and every participant has heard it; only these enter sums across services.
 * running: its facts are under way. review, provider, settlement: it waits for a person or the provider, and is listed
 * apart.
 */
export type Standing = "settled" | "running" | "review" | "provider" | "settlement";

/** Where an order stands. */
export function standingOf(account: Account): Standing {
  const { status, payment } = account;
  if (status === "AWAITING_APPROVAL") return "review";
  if (status === "CANCELLED") return "settled";
  if (completed(account)) return unheard(account).length === 0 ? "settled" : "running";
  if (payment?.refundRefused) return "settlement";
  const asked = payment?.state === "PENDING" || payment?.state === "REFUNDING";
  return asked && onlyPaymentIsMissing(account) ? "provider" : "running";
}

/** Completed, and what follows it. */
export function completed({ status }: Pick<Account, "status">): boolean {
  return status === "COMPLETED" || status === "SHIPPED" || status === "DELIVERED";
}

/** The participants of a completed order that have not heard so yet. */
export function unheard({ purchase, funds, slots, stock, shipment }: Account): string[] {
  const ships = purchase.lines.some(({ kind }) => kind === ItemKind.PHYSICAL);
  return [
    ...(funds?.state === "RESERVED" ? ["user"] : []),
    ...(slots?.state === "RESERVED" ? ["inventory"] : []),
    ...(stock?.state === "RESERVED" ? ["item"] : []),
    ...(ships && shipment?.state === "PREPARED" ? ["shipping"] : []),
  ];
}

function onlyPaymentIsMissing({ status, participants, answered }: Account): boolean {
  if (status === "PLACED") return true;
  return participants.every((name) => name === "payment" || answered.includes(name));
}

/** What every participant must say of an order that is over; contradictions, each in a few words. */
export function contradictions(account: Account): string[] {
  if (completed(account)) return [...ofCompleted(account), ...ofSaga(account, ["EXECUTING", "COMPLETED"])];
  const undoing = ["COMPENSATING", "COMPENSATED", "FAILED"];
  if (account.status === "CANCELLED") return [...ofCancelled(account), ...ofSaga(account, undoing)];
  return [];
}

/** One order is driven by one: a choreographed one has no saga, an orchestrated one has one that ends as it does. */
function ofSaga({ purchase, status, saga }: Account, states: readonly string[]): string[] {
  if (purchase.mode === PurchaseMode.ORCHESTRATED) return unless(saga?.state, states, `${status}, but its saga is`);
  return saga === undefined ? [] : ["choreographed, but a saga conducts it"];
}

function ofCompleted({ purchase, funds, slots, stock, shipment, payment }: Account): string[] {
  const ships = purchase.lines.some(({ kind }) => kind === ItemKind.PHYSICAL);
  return [
    ...unless(funds?.state, ["RESERVED", "CONFIRMED"], "completed, but its funds are"),
    ...unless(slots?.state, ["RESERVED", "CONFIRMED"], "completed, but its slots are"),
    ...unless(stock?.state, ["RESERVED", "ALLOCATED", "CONFIRMED"], "completed, but its stock is"),
    ...unless(payment?.state, ["CAPTURED"], "completed, but its payment is"),
    ...(ships
      ? unless(shipment?.state, ["PREPARED", "READY", "DISPATCHED", "DELIVERED"], "completed, but its shipment is")
      : []),
  ];
}

function ofCancelled({ funds, slots, stock, shipment, payment }: Account): string[] {
  return [
    ...unless(funds?.state, ["RELEASED"], "cancelled, but its funds are"),
    ...unless(slots?.state, ["RELEASED"], "cancelled, but its slots are"),
    ...unless(stock?.state, ["RELEASED"], "cancelled, but its stock is"),
    ...unless(shipment?.state, ["CANCELLED"], "cancelled, but its shipment is"),
    ...unless(payment?.state, ["VOIDED", "REFUNDED"], "cancelled, but its payment is"),
  ];
}

function unless(state: string | undefined, good: readonly string[], otherwise: string): string[] {
  return state !== undefined && good.includes(state) ? [] : [`${otherwise} ${state ?? "unknown"}`];
}
