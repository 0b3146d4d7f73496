// The same purchases, conducted by a saga: what it sends besides, and what ends differently.
import type { FactName, Scenario } from "./scenario.js";

/** The command before each answer of a step: sent once. */
const reserves: Readonly<Partial<Record<FactName, FactName>>> = {
  "funds.reserved": "funds.reserve",
  "funds.rejected": "funds.reserve",
  "slots.reserved": "slots.reserve",
  "slots.rejected": "slots.reserve",
  "stock.reserved": "stock.reserve",
  "stock.rejected": "stock.reserve",
  "shipment.prepared": "shipment.prepare",
  "shipment.rejected": "shipment.prepare",
  "payment.captured": "payment.charge",
  "payment.failed": "payment.charge",
};

/** The commands that undo, sent to all five from the last step to the first, and again while the answer is awaited. */
const releases: readonly FactName[] = [
  "payment.refund",
  "shipment.cancel",
  "stock.release",
  "slots.release",
  "funds.release",
];

/** The scenario with an orchestrated purchase. */
export function conducted(scenario: Scenario): Scenario {
  const { facts, perhaps = [], ...ends } = scenario.ends;
  const sent = [...facts, ...perhaps].flatMap((fact) => reserves[fact] ?? []);
  const answered = [...new Set(facts.flatMap((fact) => reserves[fact] ?? []))];
  const last: readonly FactName[] = facts.includes("order.cancelling")
    ? [...releases, "saga.compensated"]
    : facts.includes("order.completed")
      ? ["saga.completed"]
      : [];
  // What is asked for last may still be on its way when the order ends.
  const other = [...new Set([...Object.values(reserves), ...sent])].filter((command) => !answered.includes(command));
  const { story, code } = scenario.conducted ?? {};
  return {
    ...scenario,
    mode: "ORCHESTRATED",
    ...(story === undefined ? {} : { story }),
    ends: {
      ...ends,
      ...(code === undefined ? {} : { code }),
      facts: [...facts, ...answered, ...last, ...(code === "STEP_TIMED_OUT" ? (["order.cancel"] as const) : [])],
      perhaps: [...perhaps, ...(scenario.ends.outcome === "CANCELLED" ? other : [])],
      repeats: releases,
    },
  };
}
