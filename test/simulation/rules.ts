// What must hold of a purchase: rule 10 of the design, said of each service's database, of the provider, and of every end.

import type { Database, Deed, DeedRule, End, Rule, World } from "@pavane/choreography/simulator";
import {
  byAggregate,
  byCard,
  type FundsRow,
  type GrantRow,
  type Holds,
  holdsOf,
  type InventoryRow,
  type ItemRow,
  type OrderRow,
  ordersOf,
  ships,
  type SlotsRow,
  type StockRow,
  type UserRow,
} from "./rows.js";

const participants = ["user", "inventory", "item", "shipping", "payment"];

/** After every step, of each service. */
export const safety: readonly Rule[] = [
  { name: "wallets balance", service: "user", broken: wallets },
  { name: "slots balance", service: "inventory", broken: slots },
  { name: "stock balances", service: "item", broken: stock },
  { name: "never both completed and cancelled", service: "order", broken: bothEnds },
  { name: "cancelled only when all have answered", service: "order", broken: answeredByAll },
  ...["order", ...participants].flatMap((service): Rule[] => [
    { name: "a hold says each thing once", service, broken: saidTwice },
    { name: "versions have no gap", service, broken: gap },
  ]),
];

/** After every step, of the provider. */
export const deeds: readonly DeedRule[] = [{ name: "every effect happens once", broken: effectsOnce }];

/** Wherever nothing is left to do. */
export const ends: readonly End[] = [
  { name: "every purchase ends", broken: everyOrder(terminal) },
  { name: "a completed purchase is confirmed by all", broken: everyOrder(confirmed) },
  { name: "a cancelled purchase is released by all", broken: everyOrder(released) },
  { name: "no charge without a completed order or a refund", broken: charged },
];

function wallets(user: Database): string | undefined {
  const holds = user.rows<FundsRow>("hold");
  return first(user.rows<UserRow>("users"), ({ userId, balance, held, spent, deposited }) => {
    const of = (state: string): bigint =>
      sum(holds.filter((hold) => hold.userId === userId && hold.state === state).map(({ amount }) => amount));
    if (balance < 0n || held < 0n || spent < 0n) return `${userId} has ${balance}, ${held} held, ${spent} spent`;
    if (balance + held + spent !== deposited) return `${userId}: ${balance} + ${held} + ${spent} is not ${deposited}`;
    if (held !== of("RESERVED")) return `${userId} has ${held} held, the holds say ${of("RESERVED")}`;
    if (spent !== of("CONFIRMED")) return `${userId} has ${spent} spent, the holds say ${of("CONFIRMED")}`;
    return undefined;
  });
}

function slots(inventory: Database): string | undefined {
  const holds = inventory.rows<SlotsRow>("hold");
  const grants = inventory.rows<GrantRow>("inventory_item");
  return first(inventory.rows<InventoryRow>("inventory"), ({ userId, capacity, reserved, used }) => {
    const of = (state: string): number =>
      holds.reduce((all, hold) => all + (hold.userId === userId && hold.state === state ? hold.slots : 0), 0);
    const granted = grants.reduce((all, grant) => all + (grant.userId === userId ? grant.quantity : 0), 0);
    if (reserved < 0 || used < 0 || reserved + used > capacity)
      return `${userId}: ${reserved} + ${used} of ${capacity}`;
    if (reserved !== of("RESERVED")) return `${userId} has ${reserved} reserved, the holds say ${of("RESERVED")}`;
    if (used !== of("CONFIRMED") || used !== granted) return `${userId}: ${used} used, ${granted} granted`;
    return undefined;
  });
}

function stock(item: Database): string | undefined {
  const holds = item.rows<StockRow>("hold");
  return first(item.rows<ItemRow>("item"), ({ itemId, stock: free, reserved, allocated, sold, received }) => {
    const of = (...states: string[]): bigint =>
      sum(
        holds
          .filter(({ state }) => states.includes(state))
          .flatMap(({ lines }) => lines.filter((line) => line.itemId === itemId))
          .map(({ quantity }) => BigInt(quantity)),
      );
    if ([free, reserved, allocated, sold].some((count) => count < 0n)) return `${itemId} has less than nothing`;
    if (free + reserved + allocated + sold !== received) return `${itemId}: not all ${received} are somewhere`;
    if (reserved !== of("RESERVED")) return `${itemId} has ${reserved} reserved, the holds say ${of("RESERVED")}`;
    if (allocated + sold !== of("ALLOCATED", "CONFIRMED")) return `${itemId} has ${allocated} + ${sold} gone`;
    return undefined;
  });
}

function bothEnds(order: Database): string | undefined {
  const completed = order.facts("order.completed").map(({ subject }) => subject);
  const cancelled = [...order.facts("order.cancelling"), ...order.facts("order.cancelled")];
  return first(cancelled, ({ subject }) =>
    completed.includes(subject) ? `${subject} is completed and not` : undefined,
  );
}

function answeredByAll(order: Database): string | undefined {
  return first(order.rows<OrderRow>("orders"), ({ orderId, status, answered }) => {
    const missing = participants.filter((participant) => !answered.includes(participant));
    if (new Set(answered).size !== answered.length) return `${orderId} counts an answer twice`;
    return status === "CANCELLED" && missing.length > 0 ? `${orderId} never heard of ${missing.join()}` : undefined;
  });
}

function saidTwice(database: Database): string | undefined {
  const said = new Set<string>();
  return first(database.facts(), ({ type, subject, data }) => {
    // What is said of a user or an item may be said again.
    if (!("purchase" in (data as object))) return undefined;
    const name = `${type} of ${subject}`;
    if (said.has(name)) return `${name} is said twice`;
    said.add(name);
    return undefined;
  });
}

/** What is wrong with the versions of what a service has announced. */
export function gap(database: Database): string | undefined {
  return first([...byAggregate(database)], ([name, facts]) => {
    const versions = facts.map(({ version }) => version).sort((left, right) => Number(left - right));
    const found = versions.find((version, index) => version !== BigInt(index + 1));
    return found === undefined ? undefined : `${name} has versions ${versions.join()}`;
  });
}

function effectsOnce(done: readonly Deed[]): string | undefined {
  const said = new Set<string>();
  return first(done, ({ kind, input }) => {
    // A letter is told by its fact, an alarm by its attempt: one order has several.
    const { orderId, fact = "", sagaId = orderId, attempt = "" } = input as Readonly<Record<string, unknown>>;
    const name = `${kind} of ${sagaId} ${fact}${attempt}`;
    if (said.has(name)) return `${name} happened twice`;
    said.add(name);
    if (kind !== "refund") return undefined;
    return done.some((deed) => deed.kind === "charge" && statusOf(deed) === "APPROVED")
      ? undefined
      : `${name} of nothing`;
  });
}

/** An order whose refund the provider refuses for good waits for an operator: loudly, and listed apart. */
function terminal({ orderId, status }: OrderRow, { payment }: Holds): string | undefined {
  if (["COMPLETED", "SHIPPED", "DELIVERED", "CANCELLED"].includes(status)) return undefined;
  if (status === "CANCELLING" && payment?.refundRefused === true) return undefined;
  return `${orderId} is ${status} and stays so`;
}

function confirmed({ orderId, status, purchase }: OrderRow, holds: Holds): string | undefined {
  if (!["COMPLETED", "SHIPPED", "DELIVERED"].includes(status)) return undefined;
  const left = ["DISPATCHED", "DELIVERED"].includes(holds.shipment?.state ?? "");
  const wrong = [
    holds.funds?.state === "CONFIRMED" ? "" : "funds",
    holds.slots?.state === "CONFIRMED" ? "" : "slots",
    holds.stock?.state === (ships(purchase) && !left ? "ALLOCATED" : "CONFIRMED") ? "" : "stock",
    !ships(purchase) || left || holds.shipment?.state === "READY" ? "" : "shipment",
    holds.payment?.state === "CAPTURED" ? "" : "payment",
    status === "COMPLETED" ? (left ? "status" : "") : left ? "" : "status",
  ].filter((name) => name !== "");
  return wrong.length === 0 ? undefined : `${orderId} is ${status}, but look at its ${wrong.join(", ")}`;
}

function released({ orderId, status }: OrderRow, holds: Holds): string | undefined {
  if (status !== "CANCELLED") return undefined;
  const wrong = [
    holds.funds?.state === "RELEASED" ? "" : "funds",
    holds.slots?.state === "RELEASED" ? "" : "slots",
    holds.stock?.state === "RELEASED" ? "" : "stock",
    holds.shipment?.state === "CANCELLED" ? "" : "shipment",
    ["VOIDED", "REFUNDED"].includes(holds.payment?.state ?? "") ? "" : "payment",
  ].filter((name) => name !== "");
  return wrong.length === 0 ? undefined : `${orderId} is cancelled, but look at its ${wrong.join(", ")}`;
}

function charged(world: World): string | undefined {
  return first(ordersOf(world), ({ orderId, status, purchase }) => {
    const of = (kind: string, outcome: string): boolean =>
      world.outside.some(
        (deed) => deed.kind === kind && orderIdOf(deed.input) === orderId && statusOf(deed) === outcome,
      );
    const { payment } = holdsOf(world, orderId);
    const taken = of("charge", "APPROVED");
    const back = of("refund", "REFUNDED") || payment?.settled === true || payment?.refundRefused === true;
    const completed = ["COMPLETED", "SHIPPED", "DELIVERED"].includes(status);
    if (completed && byCard(purchase) && (!taken || back)) return `${orderId} is ${status} and not paid`;
    return taken && !completed && !back ? `${orderId} is ${status}, and its card is charged` : undefined;
  });
}

function everyOrder(judge: (order: OrderRow, holds: Holds) => string | undefined): End["broken"] {
  return (world) => first(ordersOf(world), (order) => judge(order, holdsOf(world, order.orderId)));
}

/** What is wrong with the first of these values that something is wrong with. */
export function first<Value>(
  values: readonly Value[],
  judge: (value: Value) => string | undefined,
): string | undefined {
  for (const value of values) {
    const message = judge(value);
    if (message !== undefined) return message;
  }
  return undefined;
}

function sum(values: readonly bigint[]): bigint {
  return values.reduce((all, value) => all + value, 0n);
}

function orderIdOf(input: unknown): string {
  return (input as { readonly orderId: string }).orderId;
}

function statusOf({ result }: Deed): string {
  return (result as { readonly status: string }).status;
}
