// The words: what a customer reads on each fact. Pure.

import type { Facts } from "@pavane/contracts";
import type { Purchase } from "@pavane/contracts/purchase";
import { format } from "@pavane/kernel";

/** A subject line and a text. */
export interface Text {
  readonly subject: string;
  readonly body: string;
}

/** The facts that customers are told of. */
export type Told = Pick<
  Facts,
  | "order.submitted"
  | "order.approved"
  | "order.completed"
  | "order.cancelled"
  | "shipment.dispatched"
  | "shipment.delivered"
>;

/** What is said on each fact to a customer of a name; an empty name is one that is not known. */
export const words: { readonly [Name in keyof Told]: (fact: Told[Name], name: string) => Text } = {
  "order.submitted": ({ purchase }, name) =>
    letter(name, purchase, "is being reviewed", [
      `Thank you for your order of ${format(purchase.total)}. We look at orders of this size before they begin;`,
      "you will hear from us when that is done. Nothing has been charged.",
    ]),

  "order.approved": ({ purchase }, name) =>
    letter(name, purchase, "was approved", [
      `Our review approved your order of ${format(purchase.total)}. It begins now.`,
    ]),

  "order.completed": ({ purchase }, name) =>
    letter(name, purchase, "is complete", [
      `Thank you. You have paid ${format(purchase.total)} for:`,
      ...purchase.lines.map(({ itemId, quantity }) => `  ${quantity} x ${itemId}`),
    ]),

  "order.cancelled": ({ purchase, code, reason }, name) =>
    letter(name, purchase, "was cancelled", [
      `Your order of ${format(purchase.total)} was cancelled: ${reason === "" ? code : `${reason} (${code})`}.`,
      "Nothing is held for it any more, and whatever was paid has been given back.",
    ]),

  "shipment.dispatched": ({ purchase, carrier, trackingNumber }, name) =>
    letter(name, purchase, "is on its way", [`It left our house with ${by(carrier, trackingNumber)}.`]),

  "shipment.delivered": ({ purchase, carrier, trackingNumber }, name) =>
    letter(name, purchase, "was delivered", [`It was delivered by ${by(carrier, trackingNumber)}.`]),
};

function letter(name: string, { orderId }: Purchase, what: string, lines: readonly string[]): Text {
  const greeting = name === "" ? "Hello," : `Dear ${name},`;
  return { subject: `Your order ${orderId} ${what}`, body: [greeting, "", ...lines, "", "Pavane"].join("\n") };
}

function by(carrier: string, trackingNumber: string): string {
  const who = carrier === "" ? "our carrier" : carrier;
  return trackingNumber === "" ? who : `${who}, tracking number ${trackingNumber}`;
}
