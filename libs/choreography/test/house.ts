// The tea house with what its engine needs: counts, timers, deliveries, and the schema of them all.

import { randomUUID } from "node:crypto";
import type { Bus } from "@pavane/bus";
import { encodeFact } from "@pavane/contracts";
import { int4, newEventId, optional, type Store, table, text, time } from "@pavane/store";
import {
  type Adapter,
  append,
  effect,
  type Engine,
  one,
  service,
  type ServiceDefinition,
  startEngine,
  vocabulary,
} from "../src/index.js";
import { brew, catalogue, pots, sips } from "./toy.js";

interface Count {
  readonly countId: string;
  readonly heard: number;
}
interface Timer {
  readonly timerId: string;
  readonly ringAt: Date | undefined;
  readonly rings: number;
}
const counts = table<Count>("count", { key: "countId", columns: { countId: text, heard: int4 } });
const timers = table<Timer>("timer", {
  key: "timerId",
  columns: { timerId: text, ringAt: optional(time), rings: int4 },
  due: "ringAt",
});

const { commutes, once, command, due, outcome } = vocabulary(catalogue);
const ofOrder = ({ orderId }: { readonly orderId: string }) => orderId;
const potAndSips = { pot: one(pots, ofOrder), sips: append(sips) };
const count = { count: one(counts, () => "all") };
const timer = { timer: one(timers, (timerId: string) => timerId) };
const delivery = effect<{ readonly to: string }, { readonly at: string }>()("delivery");

export const kitchen = service({
  name: "kitchen",
  catalogue,
  tables: [pots, counts, timers, sips],
  reactions: [commutes("tea.ordered", ["tea.served"], potAndSips, brew)],
  commands: {
    brew: command(["tea.served"], potAndSips, brew, ({ pot }) => ({ cups: pot.cups })),
    overfill: command(
      [],
      { pot: one(pots, ofOrder) },
      (_, { orderId }: { orderId: string }) => ({ next: { pot: { potId: orderId, cups: -1n } } }),
      () => ({}),
    ),
    wind: command(
      [],
      { timer: one(timers, ofOrder) },
      (_, { orderId }: { orderId: string }, { now }) => ({
        next: { timer: { timerId: orderId, ringAt: now, rings: 0 } },
      }),
      () => ({}),
    ),
    send: command(
      [],
      count,
      (_, { orderId }: { orderId: string }) => ({
        effects: [{ kind: "delivery", key: `delivery/${orderId}`, input: { to: orderId } }],
        next: { count: { countId: "all", heard: 0 } },
      }),
      () => ({}),
    ),
  },
  dues: [
    due("ring", timers, [], timer, ({ timer: found }, _key, { now }) =>
      found?.ringAt === undefined || found.ringAt > now
        ? {}
        : { next: { timer: { ...found, ringAt: undefined, rings: found.rings + 1 } } },
    ),
  ],
  outcomes: [
    outcome(delivery, [], count, ({ count: found }) => ({
      next: { count: { countId: "all", heard: (found?.heard ?? 0) + 1 } },
    })),
  ],
});

/** The service with one of its facts retried for ever. */
export function forever(definition: ServiceDefinition, name: string): ServiceDefinition {
  const facts = [...definition.facts].map(([key, fact]): typeof fact =>
    key === name ? { ...fact, forever: true } : fact,
  );
  return { ...definition, facts: new Map(facts.map((fact) => [fact.name, fact])) };
}

/** Hears the kitchen, and counts what it hears: nothing but the inbox keeps it from counting twice. */
export const waiter = service({
  name: "waiter",
  catalogue,
  tables: [counts],
  reactions: [
    once("tea.served", [], count, ({ count: found }) => ({
      next: { count: { countId: "all", heard: (found?.heard ?? 0) + 1 } },
    })),
  ],
});

/** What the services' migrations would be. */
export const schema = `
  create table pot (pot_id text primary key, cups bigint not null check (cups >= 0), version bigint not null);
  create table sip (sip_id text primary key, pot_id text not null);
  create table count (count_id text primary key, heard int not null);
  create table timer (timer_id text primary key, ring_at timestamptz, rings int not null)`;

/** The sum of an expression over a table. */
export async function sum(store: Store, column: string, from: string): Promise<number> {
  const sql = `select sum(${column})::text as sum from ${from}`;
  const { rows } = await store.knex.raw<{ rows: { sum: string | null }[] }>(sql);
  return Number(rows[0]?.sum ?? 0);
}

/** Publishes an order of tea past any outbox. */
export function publish(bus: Bus, orderId: string, cups: string, id = newEventId()): void {
  const bytes = encodeFact(catalogue["tea.ordered"], { orderId, cups }, { id, time: new Date(), version: 1n });
  bus.connection.publish(`${bus.namespace}.tea.ordered`, bytes);
}

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** What a test changes of an engine. */
export interface Tuning {
  readonly adapters?: Record<string, Adapter>;
  readonly maxAttempts?: number;
}

/** Runs one replica of a service of the tea house. */
export function runEngine(store: Store, bus: Bus, definition: ServiceDefinition, tuning: Tuning): Promise<Engine> {
  const rules = { violations: () => [] };
  return startEngine({
    ...{ definition, store, bus, rules, log: silent, replica: randomUUID(), sweepInterval: 50 },
    ...tuning,
  });
}
