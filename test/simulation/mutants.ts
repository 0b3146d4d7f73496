// The shop with one mistake in it: what the simulator must find, each mistake made here and nowhere else.

import type { AnyDecision, ServiceDefinition } from "@pavane/choreography";
import type { Faults, Scenario } from "@pavane/choreography/simulator";
import { PaymentMethod } from "@pavane/contracts/purchase";
import { asks, given, place, redecided, services, shop } from "./shop.js";

/** A mistake, and the purchases it is looked for in. */
export interface Mutant {
  readonly name: string;
  readonly scenario: Scenario;
}

/** A row of any table. */
export type Row = Readonly<Record<string, unknown>>;
/** What a decision sees, by slot. */
export type State = Readonly<Record<string, Row | undefined>>;
/** What is decided rightly; on another input where one is given. */
export type Decide = (state: State, input?: unknown) => AnyDecision;
/** What is decided instead. */
export type Mistake = (decide: Decide, state: State, input: unknown) => AnyDecision;

const { CARD, WALLET } = PaymentMethod;

/** Mistakes in what services decide. */
const decisions: readonly Mutant[] = [
  wrong("no tombstone", "user", ["order.placed"], (decide, state) =>
    decide(seen(state, "hold", ["RELEASED"], undefined)),
  ),
  wrong("hold purged", "inventory", ["funds.reserved", "order.cancelling"], purged),
  wrong("answers counted instead of a set", "order", ["funds.released"], counted),
  wrong("answer only if something was held", "item", ["order.cancelling"], (decide, state) =>
    state["hold"] === undefined ? {} : decide(state),
  ),
  wrong("four answers enough", "order", answers(), (decide, state) => decide(changed(state, "order", fewer))),
  wrong("completed after cancelling", "order", ["payment.captured"], (decide, state) =>
    decide(seen(state, "order", ["CANCELLING"], "PLACED", "status")),
  ),
  wrong("cancelled after completed", "order", ["cancelOrder"], (decide, state) =>
    decide(seen(state, "order", ["COMPLETED"], "PLACED", "status")),
  ),
  wrong("release twice", "user", ["order.cancelling"], (decide, state) =>
    decide(seen(state, "hold", ["RELEASED"], "RESERVED")),
  ),
  wrong("confirm twice", "user", ["order.completed"], (decide, state) =>
    decide(seen(state, "hold", ["CONFIRMED"], "RESERVED")),
  ),
  wrong("hold state not looked at", "item", ["slots.reserved"], (decide, state) =>
    decide({ ...state, hold: undefined }),
  ),
  wrong("answer while the charge is pending", "payment", ["order.cancelling"], (decide, state) =>
    decide(seen(state, "payment", ["PENDING"], "FAILED")),
  ),
  wrong("no refund", "payment", ["order.cancelling"], (decide, state) =>
    decide(seen(state, "payment", ["CAPTURED"], "FAILED")),
  ),
  wrong("dispatch before completion", "shipping", ["dispatchShipment"], (decide, state) =>
    decide(seen(state, "shipment", ["PREPARED"], "READY")),
  ),
];

/** Mistakes in the engine. */
const engine: readonly Mutant[] = [
  broken("ack before commit", { ackBeforeCommit: true }),
  broken("publish before commit", { publishBeforeCommit: true }),
  broken("no sweep", { noSweep: true }, true),
  broken("no pick-up of a pending charge", { noPickup: true }),
  broken("a new idempotency key at each try", { freshKeys: true }),
  broken("no answer taken as a decline", { noAnswerMeans: { charge: { status: "DECLINED", reason: "no answer" } } }),
  broken("parking a participant", { parks: ["user"] }, false, true),
];

/** An outcome written onto a row that no longer waits takes both: an engine that lets it in, a decision that looks away. */
const both: Mutant = (() => {
  const name = "outcome written onto a row that no longer waits";
  const { scenario } = wrong(name, "payment", ["charge"], (decide, state) =>
    decide(seen(state, "payment", ["CAPTURED", "REFUNDING", "REFUNDED"], "PENDING")),
  );
  return { name, scenario: { ...scenario, faults: { outcomesAgain: true } } };
})();

/** Every mutant. */
export const mutants: readonly Mutant[] = [...decisions, ...engine, both];

function wrong(name: string, service: string, inputs: readonly string[], mistake: Mistake): Mutant {
  return {
    name,
    scenario: { ...bought(name), services: services().map((one) => mutated(one, service, inputs, mistake)) },
  };
}

function broken(name: string, faults: Faults, reviewed = false, deadLetters = false): Mutant {
  return { name, scenario: { ...bought(name, reviewed), faults, deadLetters } };
}

/** One purchase by card of something that ships, which needs every service. */
function bought(name: string, reviewed = false): Scenario {
  const wish = place({
    items: reviewed ? ["crown"] : ["potion", "boots"],
    method: name.includes("twice") ? WALLET : CARD,
  });
  const stock = given({}, ["potion", "boots", "crown"]);
  return shop(name, { given: stock, asks: [wish, asks.cancel(), asks.dispatch(), asks.settle()] });
}

/** A service that makes a mistake in some of its inputs. */
export function mutated(
  definition: ServiceDefinition,
  service: string,
  inputs: readonly string[],
  mistake: Mistake,
): ServiceDefinition {
  if (definition.name !== service) return definition;
  const wrong = redecided(definition, (name, rule) => {
    if (!inputs.includes(name)) return rule.decide;
    return (state, input, context) => {
      const decide: Decide = (seen, heard = input) => rule.decide(seen, heard, context);
      return mistake(decide, state as State, input);
    };
  });
  // A mistake may be to take for its own what does not concern it.
  const concerned = [...wrong.reactions].map(([name, rule]) => {
    return [name, inputs.includes(name) ? { ...rule, concerns: () => true } : rule] as const;
  });
  return { ...wrong, reactions: new Map(concerned) };
}

/** A state in which a row in one of these states looks as if it were in another, or not there. */
export function seen(
  state: State,
  slot: string,
  states: readonly string[],
  as: string | undefined,
  column = "state",
): State {
  const row = state[slot];
  if (row === undefined || !states.includes(String(row[column]))) return state;
  return { ...state, [slot]: as === undefined ? undefined : { ...row, [column]: as } };
}

function changed(state: State, slot: string, change: (row: Row) => Row): State {
  const row = state[slot];
  return row === undefined ? state : { ...state, [slot]: change(row) };
}

/** A hold that is gone once it is released, as if nobody could ever ask for it again. */
function purged(decide: Decide, state: State): AnyDecision {
  const decision = decide(seen(state, "hold", ["PURGED"], undefined));
  const hold = decision.next?.["hold"] as Row | undefined;
  if (hold?.["state"] !== "RELEASED") return decision;
  return { ...decision, next: { ...decision.next, hold: { ...hold, state: "PURGED" } } };
}

function counted(decide: Decide, state: State): AnyDecision {
  const order = state["order"];
  const answered = (order?.["answered"] ?? []) as readonly string[];
  if (order?.["status"] !== "CANCELLING" || answered.length === 0) return decide(state);
  return { next: { order: { ...order, answered: [...answered, "user"] } } };
}

function fewer(order: Row): Row {
  return { ...order, participants: (order["participants"] as readonly string[]).slice(0, 4) };
}

function answers(): readonly string[] {
  const each = ["funds.released", "slots.released", "stock.released", "shipment.cancelled"];
  return [...each, "payment.voided", "payment.refunded"];
}
