// What must hold of a saga beside its purchase: of its row and log, of who drives an order, and of how both end.

import type { Database, End, Rule, World } from "@pavane/choreography/simulator";
import { type Purchase, PurchaseMode } from "@pavane/contracts/purchase";
import { type Entry, replay, type Saga, type Status } from "@pavane/saga";
import { drawn } from "@pavane/service-saga";
import { deepStrictEqual } from "node:assert";
import { type Holds, holdsOf, type OrderRow, ordersOf } from "./rows.js";
import { first, gap } from "./rules.js";

/** After every step. */
export const sagaSafety: readonly Rule[] = [
  { name: "a saga is what its log says", service: "saga", broken: everySaga(replayed) },
  { name: "a saga sends what it logs", service: "saga", broken: everySaga(sent) },
  { name: "steps go forward and compensations back, each awaited", service: "saga", broken: everySaga(inOrder) },
  { name: "compensated means every step is", service: "saga", broken: everySaga(undone) },
  { name: "the order alone decides", service: "saga", broken: everySaga(decided) },
  { name: "one order has one driver", service: "saga", broken: everySaga(concerned) },
  { name: "versions have no gap", service: "saga", broken: gap },
  ...["user", "inventory", "item", "shipping", "payment"].map(
    (service): Rule => ({ name: "one order has one driver", service, broken: driven }),
  ),
];

/** Wherever nothing is left to do. */
export const sagaEnds: readonly End[] = [
  { name: "a FAILED saga settles by late answers", broken: everyEnd(settles) },
  { name: "a saga ends as its order does", broken: everyEnd(agrees) },
];

type PurchaseSaga = Saga<Purchase>;
type Log = readonly Entry<Purchase>[];
type Judge = (saga: PurchaseSaga, log: Log, database: Database) => string | undefined;

function everySaga(judge: Judge): Rule["broken"] {
  return (database) => {
    const entries = database.rows<Entry<Purchase>>("saga_log");
    return first(database.rows<PurchaseSaga>("saga"), (saga) => {
      const log = entries
        .filter(({ sagaId }) => sagaId === saga.sagaId)
        .sort((one, other) => Number(one.number - other.number));
      return judge(saga, log, database);
    });
  };
}

function replayed(saga: PurchaseSaga, log: Log): string | undefined {
  try {
    deepStrictEqual(saga, replay(log));
    return undefined;
  } catch (error) {
    return `${saga.sagaId} is not what its ${log.length} entries say: ${String(error)}`;
  }
}

/** What was said is what was logged, one for one: neither a message that nobody logged nor an entry that sent nothing. */
function sent({ sagaId }: PurchaseSaga, log: Log, database: Database): string | undefined {
  const said = database
    .facts()
    .filter(({ subject }) => subject === sagaId)
    .sort((one, other) => Number(one.version - other.version))
    .map(({ type }) => type);
  const logged = log.flatMap(messageOf);
  return said.join() === logged.join() ? undefined : `${sagaId} logs ${logged.join()}, but sends ${said.join()}`;
}

function messageOf({ kind, step: name }: Entry<Purchase>): readonly string[] {
  const step = drawn.steps.find((one) => one.name === name);
  const messages: Partial<Record<Entry<Purchase>["kind"], string | undefined>> = {
    STEP_SENT: step?.command,
    COMPENSATION_SENT: step?.compensation,
    CANCEL_ASKED: drawn.decider?.cancel,
    COMPLETED: drawn.completed,
    COMPENSATED: drawn.compensated,
  };
  const message = messages[kind];
  return message === undefined ? [] : [message];
}

/** Each step only after the one before has succeeded; each compensation only when those of all later steps are closed. */
function inOrder({ sagaId, steps }: PurchaseSaga, log: Log): string | undefined {
  const names = steps.map(({ name }) => name);
  const skipped = new Set(steps.filter(({ state }) => state === "SKIPPED").map(({ name }) => name));
  const [succeeded, undone, givenUp] = [new Set<string>(), new Set<string>(), new Set<string>()];
  let back = false;
  return first(log, ({ kind, step }) => {
    if (kind === "STEP_SUCCEEDED") succeeded.add(step);
    if (kind === "COMPENSATION_SUCCEEDED") undone.add(step);
    if (kind === "COMPENSATION_GIVEN_UP") givenUp.add(step);
    if (kind === "COMPENSATING") back = true;
    // The next attempt asks again for what was given up.
    if (kind === "STARTED") givenUp.clear();
    const before = names.slice(0, names.indexOf(step)).filter((name) => !skipped.has(name) && !succeeded.has(name));
    if (kind === "STEP_SENT" && (back || before.length > 0)) return `${sagaId} asks for ${step} too early`;
    const after = names.slice(names.indexOf(step) + 1).filter((name) => !undone.has(name) && !givenUp.has(name));
    if (kind === "COMPENSATION_SENT" && after.length > 0) return `${sagaId} undoes ${step} before ${after.join(", ")}`;
    return undefined;
  });
}

function undone({ sagaId, status, steps }: PurchaseSaga): string | undefined {
  const open = steps.filter(({ compensation }) => compensation !== "SUCCEEDED").map(({ name }) => name);
  return status === "COMPENSATED" && open.length > 0
    ? `${sagaId} is COMPENSATED, but not ${open.join(", ")}`
    : undefined;
}

/** A saga goes back, or is complete, only once the order has said so. */
function decided({ sagaId, status }: PurchaseSaga, _log: Log, database: Database): string | undefined {
  if (status === "INITIAL" || status === "EXECUTING") return undefined;
  const decision = status === "COMPLETED" ? drawn.decider?.completes : drawn.decider?.cancels;
  const heard = database.heard(decision).some(({ subject }) => subject === sagaId);
  return heard ? undefined : `${sagaId} is ${status} and has heard of no ${decision}`;
}

/** What the saga itself keeps of the purchase is no witness: what was heard of it is. */
function concerned({ sagaId }: PurchaseSaga, _log: Log, database: Database): string | undefined {
  const other = database.heard().find(({ data }) => {
    const purchase = purchaseOf(data);
    return purchase?.orderId === sagaId && purchase.mode !== PurchaseMode.ORCHESTRATED;
  });
  return other === undefined ? undefined : `${sagaId} has a saga, but its ${other.type} is choreographed`;
}

/** A participant answers for an orchestrated order only what its saga has asked for. */
function driven(participant: Database): string | undefined {
  const commands = participant.heard().map(({ type, data }) => `${type} ${purchaseOf(data)?.orderId}`);
  return first(participant.facts(), ({ type, data }) => {
    const purchase = purchaseOf(data);
    const asked = askedBy(type);
    if (purchase?.mode !== PurchaseMode.ORCHESTRATED || asked === undefined) return undefined;
    return commands.includes(`${asked} ${purchase.orderId}`)
      ? undefined
      : `${purchase.orderId}: ${type}, and nobody has sent ${asked}`;
  });
}

/** The command that a fact answers. */
function askedBy(fact: string): string | undefined {
  const step = drawn.steps.find(({ succeeds, fails }) => [...succeeds, ...fails].includes(fact));
  return step?.command ?? drawn.steps.find(({ compensated }) => compensated.includes(fact))?.compensation;
}

function purchaseOf(data: unknown): Purchase | undefined {
  return (data as { readonly purchase?: Purchase }).purchase;
}

function everyEnd(judge: (order: OrderRow, saga: PurchaseSaga | undefined, holds: Holds) => string | undefined) {
  return (world: World): string | undefined => {
    const sagas = world.database("saga").rows<PurchaseSaga>("saga");
    return first(ordersOf(world), (order) => {
      const saga = sagas.find(({ sagaId }) => sagaId === order.orderId);
      return judge(order, saga, holdsOf(world, order.orderId));
    });
  };
}

/** A refund that the provider refuses for good keeps both waiting for an operator: the order cancels, the saga FAILED. */
function agrees({ orderId, status, purchase }: OrderRow, saga: PurchaseSaga | undefined): string | undefined {
  const ends: Readonly<Record<string, Status>> = { CANCELLED: "COMPENSATED", CANCELLING: "FAILED" };
  const expected = purchase.mode === PurchaseMode.ORCHESTRATED ? (ends[status] ?? "COMPLETED") : undefined;
  return saga?.status === expected ? undefined : `${orderId} is ${status}, its saga ${saga?.status}, not ${expected}`;
}

function settles({ orderId }: OrderRow, saga: PurchaseSaga | undefined, { payment }: Holds): string | undefined {
  if (saga?.status !== "FAILED") return undefined;
  const open = saga.steps.filter(({ compensation }) => compensation !== "SUCCEEDED").map(({ name }) => name);
  return open.join() === "payment" && payment?.refundRefused === true
    ? undefined
    : `the saga of ${orderId} is FAILED and waits for ${open.join(", ")}, who have answered`;
}
