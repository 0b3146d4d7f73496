// A tea house: a small service outside the shop's domain, to test the engine's parts with.

import type { Announcement, Catalogue, Codec, Decision, FactType } from "@pavane/kernel";
import { Refused, Unexpected } from "@pavane/kernel";
import { int8, table, text } from "@pavane/store";
import { append, one, service, vocabulary } from "../src/index.js";

export interface Facts {
  "tea.ordered": { readonly orderId: string; readonly cups: string };
  "tea.served": { readonly orderId: string; readonly cups: string };
}

function fact<Name extends keyof Facts>(name: Name, owner: string, aggregate: string): FactType<Name, Facts[Name]> {
  const codec: Codec<Facts[Name]> = {
    encode: (data) => ({ finish: () => Buffer.from(JSON.stringify(data)) }),
    decode: (bytes) => JSON.parse(Buffer.from(bytes).toString()) as Facts[Name],
    toJSON: (data) => data,
    fromJSON: (json) => json as Facts[Name],
  };
  return {
    ...{ name, owner, aggregate, forever: false, end: false, message: `toy.${name}`, codec },
    subjectOf: ({ orderId }) => orderId,
    orderIdOf: ({ orderId }) => orderId,
  };
}

export const catalogue: Catalogue<Facts> = {
  "tea.ordered": fact("tea.ordered", "guest", "guest"),
  "tea.served": fact("tea.served", "kitchen", "pot"),
};

export interface Pot {
  readonly potId: string;
  readonly cups: bigint;
}

export interface Sip {
  readonly sipId: string;
  readonly potId: string;
}

export const pots = table<Pot>("pot", { key: "potId", columns: { potId: text, cups: int8 }, aggregate: "pot" });
export const sips = table<Sip>("sip", { key: "sipId", columns: { sipId: text, potId: text } });

type Brewed = Announcement<"tea.served", Facts["tea.served"]>;

export function brew(
  { pot }: { readonly pot: Pot | undefined },
  { orderId, cups }: { readonly orderId: string; readonly cups: string },
): Decision<{ pot: Pot; sips: readonly Sip[] }, Brewed> {
  if (cups === "nobody") throw new Unexpected("nobody asked for tea");
  if (cups === "boom") throw new Error("the kettle burst");
  if (cups === "0") throw new Refused("invalid", "NO_CUPS", "a pot needs cups");
  const next = { potId: orderId, cups: (pot?.cups ?? 0n) + BigInt(cups) };
  const served: Brewed = { type: "tea.served", data: { orderId, cups: next.cups.toString() } };
  return { next: { pot: next, sips: [{ sipId: `${orderId}-${next.cups}`, potId: orderId }] }, events: [served] };
}

const { commutes, command } = vocabulary(catalogue);
const slots = { pot: one(pots, ({ orderId }: { readonly orderId: string }) => orderId), sips: append(sips) };

export const kitchen = service({
  name: "kitchen",
  catalogue,
  tables: [pots, sips],
  reactions: [commutes("tea.ordered", ["tea.served"], slots, brew)],
  commands: { brew: command(["tea.served"], slots, brew, ({ pot }) => ({ cups: pot.cups })) },
});
