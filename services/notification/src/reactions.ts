// What the notification service hears, and what comes of each delivery.

import { append, type Done, effect, one, vocabulary } from "@pavane/choreography";
import { catalogue } from "@pavane/contracts";
import type { Purchase } from "@pavane/contracts/purchase";
import { contacts } from "./contact.js";
import { type Delivery, learn, type Letter, type Policy, settle, tell } from "./domain.js";
import { notifications } from "./notification.js";

const { commutes, once, outcome } = vocabulary(catalogue);

const contact = { contact: one(contacts, (fact: { readonly userId: string }) => fact.userId) };
const customer = {
  contact: one(contacts, (fact: { readonly purchase: Purchase }) => fact.purchase.userId),
  notifications: append(notifications),
};

// biome-ignore format: a table
/** A notification is no state that could tell a fact from its duplicate: what is told is claimed in the inbox. */
export const reactions = (policy: Policy) => [
  commutes("user.registered",   [], contact,  learn),
  commutes("user.changed",      [], contact,  learn),

  once("order.submitted",       [], customer, tell(policy, "order.submitted")),
  once("order.approved",        [], customer, tell(policy, "order.approved")),
  once("order.completed",       [], customer, tell(policy, "order.completed")),
  once("order.cancelled",       [], customer, tell(policy, "order.cancelled")),
  once("shipment.dispatched",   [], customer, tell(policy, "shipment.dispatched")),
  once("shipment.delivered",    [], customer, tell(policy, "shipment.delivered")),
];

const letter = {
  notification: one(notifications, ({ input }: Done<Letter, Delivery>) => input.notificationId),
};

/** A delivery over each channel, its effect's kind the channel in lower case. */
export const outcomes = [
  outcome(effect<Letter, Delivery>()("log"), [], letter, settle),
  outcome(effect<Letter, Delivery>()("email"), [], letter, settle),
  outcome(effect<Letter, Delivery>()("webhook"), [], letter, settle),
];
