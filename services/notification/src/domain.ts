// What the notification service decides: whom to tell what, over which channels, and what came of it. Pure.

import type { Facts } from "@pavane/contracts";
import type { Channel, NotificationStatus, SetPreferencesRequest } from "@pavane/contracts/notification";
import { type Context, type Decision, type EffectRequest, nothing, Refused } from "@pavane/kernel";
import { type Told, words } from "./words.js";

/** What is configured. */
export interface Policy {
  /** Whether mail can be sent at all. */
  readonly mail: boolean;
}

/** The policy where nothing is configured: everything goes to the log. */
export const defaults: Policy = { mail: false };

/** A way to tell a customer, in the words of the contract. */
export type Way = Exclude<keyof typeof Channel, "UNSPECIFIED">;

/** How to reach a user: copied from user's facts, with the preferences that callers set. Either may come first. */
export interface Contact {
  readonly userId: string;
  readonly name: string;
  readonly email: string;
  /** The version of the fact it was learnt from; 0 while only preferences are known. */
  readonly seen: bigint;
  /** Where the user wants to be told; empty for mail where it can be sent, else the log. */
  readonly channels: readonly Way[];
  readonly webhookUrl: string;
}

/** One message to a customer over one channel. */
export interface Notification {
  /** The event's id and the channel, so that one event makes one notification a channel. */
  readonly notificationId: string;
  readonly userId: string;
  readonly orderId: string;
  readonly fact: string;
  readonly channel: Way;
  /** The address; empty for the log. */
  readonly recipient: string;
  readonly subject: string;
  readonly body: string;
  readonly status: Exclude<keyof typeof NotificationStatus, "UNSPECIFIED">;
  /** Why it was given up; empty while it was not. */
  readonly failure: string;
  readonly createTime: Date;
  readonly sentTime: Date | undefined;
}

/** What a channel is asked to deliver: a notification, as a JSON value. */
export interface Letter {
  readonly notificationId: string;
  readonly userId: string;
  readonly orderId: string;
  readonly fact: string;
  readonly recipient: string;
  readonly subject: string;
  readonly body: string;
  /** When the fact was heard: ISO 8601. */
  readonly since: string;
}

/** What came of a delivery, for good. */
export type Delivery = { readonly status: "SENT" } | { readonly status: "FAILED"; readonly failure: string };

type Known = { readonly contact: Contact | undefined };

/** Keeps what user says of a user, unless something newer was heard; the preferences stay. */
export function learn(
  { contact = stranger }: Known,
  { userId, name, email }: Facts["user.registered"] | Facts["user.changed"],
  { version }: Context,
): Decision<{ contact: Contact }> {
  return contact.seen >= version ? nothing : { next: { contact: { ...contact, userId, name, email, seen: version } } };
}

/** Keeps where a user wants to be told, whether or not user has spoken of that user yet. */
export function setPreferences(
  { contact = stranger }: Known,
  { userId, channels, webhookUrl }: SetPreferencesRequest,
): Decision<{ contact: Contact }> {
  if (webhookUrl !== "" && !/^https?:\/\//i.test(webhookUrl)) {
    throw new Refused("invalid", "WEBHOOK_URL_UNSUPPORTED", "webhook_url must begin with http:// or https://");
  }
  return { next: { contact: { ...contact, userId, webhookUrl, channels: channels.map(wayOf) } } };
}

/** Tells the customer of a fact: a notification and its delivery for each channel. */
export const tell =
  <Name extends keyof Told>({ mail }: Policy, name: Name) =>
  (
    { contact }: Known,
    fact: Facts[Name],
    { id, now }: Context,
  ): Decision<{ notifications: readonly Notification[] }, never, EffectRequest<string, Letter>> => {
    const { orderId, userId } = fact.purchase;
    const text = words[name](fact, contact?.name ?? "");
    const notifications = routes(contact, mail).map(({ channel, recipient }): Notification => {
      const notificationId = `${id}-${channel.toLowerCase()}`;
      const sent = { status: "PENDING", failure: "", createTime: now, sentTime: undefined } as const;
      return { notificationId, userId, orderId, fact: name, channel, recipient, ...text, ...sent };
    });
    return { next: { notifications }, effects: notifications.map(delivery) };
  };

/** Keeps what came of a delivery. */
export function settle(
  { notification }: { readonly notification: Notification | undefined },
  { result }: { readonly result: Delivery },
  { now }: Context,
): Decision<{ notification: Notification }> {
  if (notification?.status !== "PENDING") return nothing;
  const outcome = result.status === "SENT" ? { sentTime: now } : { failure: result.failure.slice(0, 500) };
  return { next: { notification: { ...notification, status: result.status, ...outcome } } };
}

const stranger: Contact = { userId: "", name: "", email: "", seen: 0n, channels: [], webhookUrl: "" };

function delivery(notification: Notification): EffectRequest<string, Letter> {
  const { notificationId, userId, orderId, fact, recipient, subject, body, createTime } = notification;
  const since = createTime.toISOString();
  return {
    kind: notification.channel.toLowerCase(),
    key: `notify/${notificationId}`,
    input: { notificationId, userId, orderId, fact, recipient, subject, body, since },
  };
}

/** The wanted channels that have an address; mail when none is wanted; the log when none can be used. */
function routes(contact: Contact = stranger, mail: boolean): { channel: Way; recipient: string }[] {
  const addresses = { LOG: "", EMAIL: mail ? contact.email : "", WEBHOOK: contact.webhookUrl };
  const wanted: readonly Way[] = contact.channels.length > 0 ? contact.channels : ["EMAIL"];
  const usable = wanted.filter((channel) => channel === "LOG" || addresses[channel] !== "");
  const chosen: readonly Way[] = usable.length > 0 ? usable : ["LOG"];
  return chosen.map((channel) => ({ channel, recipient: addresses[channel] }));
}

function wayOf(channel: Channel): Way {
  // The words of the contract are CHANNEL_ and the way; a request without one of them breaks its field rule.
  return channel.replace(/^CHANNEL_/, "") as Way;
}
