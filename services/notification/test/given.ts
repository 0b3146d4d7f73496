// What the notification tests start from.
import type { Context } from "@pavane/kernel";
import type { Contact, Letter } from "../src/domain.js";

export const noon = new Date("2026-06-01T12:00:00.000Z");

/** A context: noon, an event id, a version. */
export function at(version = 1n, id = "0197-a"): Context {
  return { now: noon, id, version };
}

export function contact(changes: Partial<Contact> = {}): Contact {
  return {
    userId: "user-1",
    name: "Ada",
    email: "ada@example.org",
    seen: 1n,
    channels: [],
    webhookUrl: "",
    ...changes,
  };
}

export function letter(changes: Partial<Letter> = {}): Letter {
  return {
    notificationId: "0197-a-email",
    userId: "user-1",
    orderId: "order-1",
    fact: "order.completed",
    recipient: "ada@example.org",
    subject: "Your order order-1 is complete",
    body: "Dear Ada,\n\nThank you.\n\nPavane",
    since: noon.toISOString(),
    ...changes,
  };
}

/** A signal that never fires. */
export const patiently: AbortSignal = new AbortController().signal;
