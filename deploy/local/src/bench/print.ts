// The report for people.
import type { Percentiles } from "./books.js";
import type { PoisonReport } from "./poison.js";
import type { Hot } from "./profile.js";
import type { PurchaseReport } from "./purchase.js";

const number = (value: number, digits = 0): string => value.toFixed(digits);
const line = (name: string, value: string): string => `${name.padEnd(34)}${value}`;
const spread = (of: Percentiles | null): string =>
  of === null ? "none" : `p50 ${number(of.p50, 1)}   p95 ${number(of.p95, 1)}   p99 ${number(of.p99, 1)} ms`;

/** The report as lines. */
export function textOf(report: PurchaseReport): string {
  const { raw, cpu, rate, load, concurrency, seconds, completed, orders } = report;
  const used = Object.values(cpu).reduce((sum, value) => sum + value, 0);
  const each = (count: number): string => number(count / raw.purchases, 2);
  const bare = (name: string, what: number, time: number): string =>
    line(`  ${name}`, `${each(what)} a purchase, ${number(what / time)}/s, ${number((time * 1e6) / raw.purchases)} us`);
  const pace = rate === null ? `as fast as possible, ${concurrency} at a time` : `at ${rate} a second`;
  const failures =
    report.failedCalls === 0 ? [] : [line("calls refused or failed", `${report.failedCalls}: ${report.firstError}`)];
  return [
    line("load", `${load}, ${pace}, ${number(seconds, 1)} s measured, ${report.cpus} CPUs`),
    line("purchases completed per second", number(report.purchasesPerSecond)),
    line("orders placed per second", number(report.placedPerSecond)),
    line("orders of the run", `${completed} of ${orders} completed`),
    ...failures,
    line("PlaceOrder", spread(report.placeOrder)),
    line("placed to completed", spread(report.completion)),
    line("transactions per purchase", number(report.transactionsPerPurchase, 2)),
    line("CPU per purchase", used === 0 ? "cannot be read here" : `${number(used, 2)} ms`),
    ...Object.entries(cpu).map(([name, value]) => line(`  ${name}`, `${number(value, 3)} ms`)),
    line(
      "raw limit",
      `${number(raw.secondsPerPurchase * 1e6)} us a purchase, ${number(1 / raw.secondsPerPurchase)} purchases/s`,
    ),
    bare("publishes", raw.messages, raw.publishSeconds),
    bare("deliveries", raw.deliveries, raw.consumeSeconds),
    bare("rows", raw.rows, raw.insertSeconds),
    line("ratio to the raw limit", number(report.ratio, 3)),
  ].join("\n");
}

/** The poison benchmark's report as lines. */
export function poisonText(report: PoisonReport): string {
  const rate = (value: number): string => `${number(value)} facts/s`;
  const beside = (value: number, ratio: number): string => `${rate(value)}, ${number(ratio, 2)} of the clean rate`;
  return [
    line("load", `${report.facts} facts a round, heard by notification, the median of ${report.rounds} rounds`),
    line("all sound", rate(report.clean)),
    line("one in 500 breaks a rule", beside(report.oneIn500, report.oneIn500Ratio)),
    line("twenty keys, all sound", rate(report.cleanKeys)),
    line("twenty keys, one of them poison", beside(report.oneKeyIn20, report.oneKeyIn20Ratio)),
  ].join("\n");
}

/** The hottest functions as a table. */
export function profileText(service: string, file: string, hot: readonly Hot[]): string {
  const rows = hot.map(({ share, milliseconds, name, place }) => {
    return `${number(100 * share, 1).padStart(6)} %${number(milliseconds).padStart(8)} ms  ${name}  ${place}`;
  });
  return [`profile of ${service}: ${file}`, "time in functions themselves, without idle time:", ...rows].join("\n");
}
