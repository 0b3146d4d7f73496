// The purchase benchmark: purchases from PlaceOrder to order.completed over a running system, held against the raw limit.
import { randomBytes } from "node:crypto";
import { cpus } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { connectBus } from "@pavane/bus";
import { addressOf, connectServices } from "../services.js";
import type { StackState } from "../state.js";
import { type Books, growth, openBooks, type Orders, type Percentiles, percentiles, type Volume } from "./books.js";
import { type CpuMeter, cpuMeter, type CpuSeconds } from "./cpu.js";
import { type Crowd, gather } from "./crowd.js";
import { type Call, type Mode, startLoad } from "./load.js";
import { measureRaw, type Raw } from "./raw.js";
import { hearers } from "./traffic.js";

/** What to run. */
export interface PurchaseOptions {
  readonly mode: Mode;
  readonly users: number;
  readonly items: number;
  /** PlaceOrder calls a second; as fast as possible when not given. */
  readonly rate: number | undefined;
  readonly seconds: number;
  /** Seconds under the same load before the measurement. */
  readonly warmup: number;
  readonly concurrency: number;
  /** Purchases' worth of raw work at most. */
  readonly raw: number;
  /** The path of a ghz; our own client when undefined. */
  readonly ghz: string | undefined;
}

/** What came of it. */
export interface PurchaseReport {
  readonly bench: "purchase";
  readonly mode: string;
  readonly load: "ghz" | "client";
  readonly cpus: number;
  readonly users: number;
  readonly items: number;
  readonly concurrency: number;
  readonly rate: number | null;
  readonly seconds: number;
  /** Orders of the whole run, warm-up included, and how many of them completed. */
  readonly orders: number;
  readonly completed: number;
  /** Calls of the measured window that were not accepted, and the first reason. */
  readonly failedCalls: number;
  readonly firstError: string | null;
  /** In the measured window, by the database's clock. */
  readonly placedPerSecond: number;
  readonly purchasesPerSecond: number;
  /** Milliseconds. */
  readonly placeOrder: Percentiles | null;
  readonly completion: Percentiles | null;
  readonly transactionsPerPurchase: number;
  /** CPU milliseconds for one purchase, by process; empty where they cannot be read. */
  readonly cpu: CpuSeconds;
  readonly raw: Raw;
  /** Raw seconds per purchase by achieved seconds per purchase. */
  readonly ratio: number;
}

/** An instant: by the database's clock, by the monotonic one in microseconds, and the CPU used until then. */
interface Instant {
  readonly at: Date;
  readonly micros: number;
  readonly cpu: CpuSeconds;
}

/** A report, and the measured window by the monotonic clock in microseconds. */
export interface Measured {
  readonly report: PurchaseReport;
  readonly from: number;
  readonly to: number;
}

/** Runs the benchmark on a running system with users and items of its own. */
export async function benchPurchases(
  state: StackState,
  options: PurchaseOptions,
  say: (line: string) => void,
): Promise<Measured> {
  const services = connectServices(state);
  const books = await openBooks(state);
  try {
    const crowd: Crowd = { run: `bench-${randomBytes(3).toString("hex")}`, ...options };
    say(`making ${options.users} users and ${options.items} items`);
    await gather(state, services, crowd);
    await settle(state, books, crowd.run);
    const before = await books.volume();
    const meter = await cpuMeter(state);
    const { calls, from, to } = await drive(state, books, meter, crowd, options, say);
    await settle(state, books, crowd.run);
    const added = growth(before, await books.volume());
    const orders = await books.orders(crowd.run, from.at, to.at);
    say("measuring the raw limit");
    const raw = await measureRaw(state, added, orders.completed, options.raw);
    return { report: reportOf(options, calls, orders, added, raw, { from, to }), from: from.micros, to: to.micros };
  } finally {
    services.close();
    await books.close();
  }
}

async function drive(
  state: StackState,
  books: Books,
  meter: CpuMeter | undefined,
  crowd: Crowd,
  { mode, rate, seconds, warmup, concurrency, ghz }: PurchaseOptions,
  say: (line: string) => void,
): Promise<{ calls: readonly Call[]; from: Instant; to: Instant }> {
  const pace = rate === undefined ? "as fast as possible" : `${rate} a second`;
  say(`placing orders, ${pace}: ${warmup} s to warm up, ${seconds} s measured`);
  const plan = { address: addressOf(state, "order"), orders: `${crowd.run}-`, crowd, mode, rate, concurrency };
  const load = await startLoad({ ...plan, seconds: warmup + seconds }, ghz);
  const instant = async (): Promise<Instant> => {
    const at = await books.now();
    return { at, micros: Number(process.hrtime.bigint() / 1000n), cpu: meter?.(load.pid) ?? {} };
  };
  const begun = (async () => {
    await sleep(warmup * 1000);
    const from = await instant();
    await sleep(seconds * 1000);
    return { from, to: await instant() };
  })();
  const [calls, window] = await Promise.all([load.calls, begun]);
  return { calls, ...window };
}

/** Waits until every order of the run has ended and nobody has anything left to hear. */
async function settle({ nats, namespace, services }: StackState, books: Books, run: string): Promise<void> {
  const bus = await connectBus({ servers: nats, name: "bench", namespace });
  const owners = Object.keys(services).filter((name) => !["notification", "sandbox"].includes(name));
  try {
    for (let idle = 0; idle < 2; await sleep(100)) {
      const open = (await hearers(bus, owners)).reduce((sum, one) => sum + one.open, 0);
      idle = open === 0 && (await books.undecided(run)) === 0 ? idle + 1 : 0;
    }
  } finally {
    await bus.close();
  }
}

function reportOf(
  options: PurchaseOptions,
  calls: readonly Call[],
  orders: Orders,
  added: Volume,
  raw: Raw,
  { from, to }: { readonly from: Instant; readonly to: Instant },
): PurchaseReport {
  const { mode, users, items, concurrency, rate = null, ghz } = options;
  const seconds = (to.at.getTime() - from.at.getTime()) / 1000;
  const within = calls.filter(({ at }) => at >= from.at.getTime() && at <= to.at.getTime());
  const failed = within.filter(({ error }) => error !== undefined);
  const accepted = within.filter(({ error }) => error === undefined).map(({ milliseconds }) => milliseconds);
  const purchasesPerSecond = orders.completedWithin / seconds;
  const cpu = Object.entries(to.cpu).map(([name, used]) => {
    return [name, ((used - (from.cpu[name] ?? 0)) * 1000) / orders.completedWithin] as const;
  });
  return {
    ...{ bench: "purchase", mode, load: ghz === undefined ? "client" : "ghz", cpus: cpus().length },
    ...{ users, items, concurrency, rate, seconds, orders: orders.all, completed: orders.completed },
    ...{ failedCalls: failed.length, firstError: failed[0]?.error ?? null },
    placedPerSecond: orders.placedWithin / seconds,
    purchasesPerSecond,
    placeOrder: percentiles(accepted) ?? null,
    completion: orders.completion ?? null,
    transactionsPerPurchase: added.transactions / orders.completed,
    cpu: Object.fromEntries(cpu),
    raw,
    ratio: raw.secondsPerPurchase * purchasesPerSecond,
  };
}
