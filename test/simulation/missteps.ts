// The shop with one mistake in how its sagas conduct, or in who obeys them: what the simulator must find.

import type { AnyDecision } from "@pavane/choreography";
import type { Scenario } from "@pavane/choreography/simulator";
import { PaymentMethod, type Purchase, PurchaseMode } from "@pavane/contracts/purchase";
import type { Saga, StepResult } from "@pavane/saga";
import { type Decide, type Mistake, type Mutant, mutated, type Row, seen, type State } from "./mutants.js";
import { conducted, place, redecided, shop } from "./shop.js";

const releases = ["funds.released", "slots.released", "stock.released", "shipment.cancelled", "payment.voided"];

/** Every mistake. */
export const missteps: readonly Mutant[] = [
  byItself("a timeout that releases by itself"),
  wrong("compensation order", "saga", ["order.cancelling", ...releases], frontFirst),
  wrong("only the sent steps released", "saga", ["order.cancelling", ...releases], onlySent),
  wrong("participants hearing both drivers", "user", ["order.placed", "order.cancelling"], bothDrivers),
  stale("no version check"),
  wrong("lost reply", "saga", ["stock.released"], () => ({})),
  wrong("double reply", "saga", ["funds.reserved"], (decide, state) =>
    decide(stepped(state, (step) => (step.state === "SUCCEEDED" ? { ...step, state: "SENT" } : step))),
  ),
  wrong("late reply", "saga", ["funds.reserved"], (decide, state) =>
    decide(seen(state, "saga", ["COMPENSATING", "COMPENSATED", "FAILED"], "EXECUTING", "status")),
  ),
  wrong("crash between log and send", "saga", ["funds.reserved"], (decide, state) => ({
    ...decide(state),
    events: [],
  })),
  wrong("FAILED that ignores late answers", "saga", releases, (decide, state) =>
    state["saga"]?.["status"] === "FAILED" ? {} : decide(state),
  ),
  wrong(
    "a saga for a choreographed order",
    "saga",
    ["order.placed"],
    (decide, state, input) => decide(state, inMode(input, PurchaseMode.ORCHESTRATED)),
    PurchaseMode.CHOREOGRAPHED,
  ),
];

function wrong(
  name: string,
  service: string,
  inputs: readonly string[],
  mistake: Mistake,
  mode = PurchaseMode.ORCHESTRATED,
): Mutant {
  const scenario = bought(name, mode);
  return {
    name,
    scenario: { ...scenario, services: scenario.services.map((one) => mutated(one, service, inputs, mistake)) },
  };
}

/** One purchase from the wallet of something that ships, whose stock may answer late. */
function bought(name: string, mode = PurchaseMode.ORCHESTRATED): Scenario {
  const wish = place({ items: ["boots"], method: PaymentMethod.WALLET, mode });
  return conducted(shop(name, { asks: [wish] }), { late: ["stock"] });
}

/** A late step is taken for what only the order may say: that it cancels. */
function byItself(name: string): Mutant {
  const scenario = bought(name);
  const services = scenario.services.map((definition) => {
    const cancels = definition.reactions.get("order.cancelling");
    return redecided(definition, (input, rule) => (state, key, context) => {
      const { saga } = state as { readonly saga?: Saga<Purchase> };
      if (input !== "late" || saga?.status !== "EXECUTING" || cancels === undefined)
        return rule.decide(state, key, context);
      return cancels.decide(state, { purchase: saga.data, code: "STEP_TIMED_OUT", reason: "late" }, context);
    });
  });
  return { name, scenario: { ...scenario, services } };
}

/** A saga's row is overwritten by who has read it before it changed: the engine's mistake, not the saga's. */
function stale(name: string): Mutant {
  return { name, scenario: { ...bought(name), faults: { staleReads: ["saga"] } } };
}

/** The steps are undone from the first to the last. */
function frontFirst(decide: Decide, state: State): AnyDecision {
  if (state["saga"] === undefined) return decide(state);
  const turned = (row: Row): Row => ({ ...row, steps: stepsOf(row).toReversed() });
  return rewritten(decide(changed(state, turned)), turned);
}

/** Steps that were never asked for count as undone. */
function onlySent(decide: Decide, state: State): AnyDecision {
  if (state["saga"] === undefined) return decide(state);
  const never = ({ state: is }: StepResult): boolean => is === "PENDING" || is === "SKIPPED";
  const as = (step: StepResult, compensation: StepResult["compensation"]) =>
    never(step) ? { ...step, compensation } : step;
  const decision = decide(stepped(state, (step) => as(step, "SUCCEEDED")));
  return rewritten(decision, (row) => ({ ...row, steps: stepsOf(row).map((step) => as(step, "NONE")) }));
}

/** An orchestrated order is reserved and released for as if it were choreographed, beside what its saga asks for. */
function bothDrivers(decide: Decide, state: State, input: unknown): AnyDecision {
  const { purchase } = input as { readonly purchase: Purchase };
  const { events = [], ...decision } = decide(state, inMode(input, PurchaseMode.CHOREOGRAPHED));
  return { ...decision, events: events.map(({ type, data }) => ({ type, data: { ...(data as object), purchase } })) };
}

function inMode(fact: unknown, mode: PurchaseMode): unknown {
  const { purchase, ...rest } = fact as { readonly purchase: Purchase };
  return { ...rest, purchase: { ...purchase, mode } };
}

function stepsOf(row: Row): readonly StepResult[] {
  return row["steps"] as readonly StepResult[];
}

function stepped(state: State, change: (step: StepResult) => StepResult): State {
  return changed(state, (row) => ({ ...row, steps: stepsOf(row).map(change) }));
}

function changed(state: State, change: (row: Row) => Row): State {
  const { saga } = state;
  return saga === undefined ? state : { ...state, saga: change(saga) };
}

function rewritten(decision: AnyDecision, change: (row: Row) => Row): AnyDecision {
  const saga = decision.next?.["saga"] as Row | undefined;
  return saga === undefined ? decision : { ...decision, next: { ...decision.next, saga: change(saga) } };
}
