import { nothing, Refused } from "@pavane/kernel";
import { purchase } from "@pavane/testkit";
import { expect } from "chai";
import fc from "fast-check";
import {
  announced,
  answer,
  approveOrder,
  cancel,
  cancelOrder,
  complete,
  defaults,
  deliver,
  expire,
  type Order,
  rejectOrder,
  ship,
  waiting,
} from "../src/domain.js";
import { at, placed, submitted } from "./given.js";

const id = { orderId: "order-1", reason: "" };
const shipment = { purchase: purchase(), carrier: "DHL", trackingNumber: "T1" };

/** Everything that can happen to an order, in whatever order and however often; a refused call changes nothing. */
const happenings = {
  captured: (order: Order, now: number) => complete({ order }, undefined, at(now)),
  rejected: (order: Order, now: number) => cancel({ order }, { code: "OUT_OF_STOCK", reason: "" }, at(now)),
  dispatched: (order: Order, now: number) => ship({ order }, shipment, at(now)),
  delivered: (order: Order, now: number) => deliver({ order }, shipment, at(now)),
  expired: (order: Order, now: number) => expire({ order }, "order-1", at(now)),
  approve: (order: Order, now: number) => asked(() => approveOrder(defaults)({ order }, id, at(now))),
  reject: (order: Order, now: number) => asked(() => rejectOrder({ order }, id, at(now))),
  cancel: (order: Order, now: number) => asked(() => cancelOrder({ order }, id, at(now))),
  ...Object.fromEntries(
    defaults.participants.map((participant) => [
      participant,
      (order: Order, now: number) => answer(participant)({ order }, undefined, at(now)),
    ]),
  ),
};
type Happening = (
  order: Order,
  now: number,
) => ReturnType<typeof complete> | ReturnType<typeof cancel> | ReturnType<ReturnType<typeof answer>>;

function asked<Decision>(decide: () => Decision): Decision | typeof nothing {
  try {
    return decide();
  } catch (error) {
    if (error instanceof Refused) return nothing;
    throw error;
  }
}

/** Lives through a history, checking after each step what the table's constraints check too. */
function live(start: Order, history: readonly string[]): { order: Order; facts: string[]; steps: Order[] } {
  const facts = [start.status === "PLACED" ? "order.placed" : "order.submitted"];
  const steps = [start];
  let order = start;
  history.forEach((name, index) => {
    const decision = (happenings as Record<string, Happening>)[name]?.(order, index * 40) ?? nothing;
    order = decision.next?.order ?? order;
    facts.push(...(decision.events ?? []).map(({ type }) => type));
    steps.push(order);
    expect(order.completeTime === undefined || order.cancelTime === undefined, "completed or cancelled").to.equal(true);
    const undecided = order.status === "PLACED" || order.status === "AWAITING_APPROVAL";
    expect(order.dueTime !== undefined, "due while undecided").to.equal(undecided);
    expect(order.code !== "", "a code when cancelled").to.equal(order.cancelTime !== undefined);
    expect(order.status === "CANCELLED").to.equal(order.cancelTime !== undefined && waiting(order).length === 0);
    expect(announced(order), "the version").to.equal(BigInt(facts.length));
  });
  return { order, facts, steps };
}

const history = fc.array(fc.constantFrom(...Object.keys(happenings)), { maxLength: 40 });
const start = fc.constantFrom(placed(), submitted());

describe("the life of an order, whatever happens in whatever order", () => {
  it("completes or is cancelled, never both, and announces each fact once", () => {
    fc.assert(
      fc.property(start, history, (order, happened) => {
        const { facts } = live(order, happened);
        expect(facts).to.satisfy((said: string[]) => new Set(said).size === said.length, "a fact was repeated");
        expect(facts).to.satisfy(
          (said: string[]) => !(said.includes("order.completed") && said.includes("order.cancelling")),
        );
        const ended = facts.indexOf("order.cancelled");
        expect(ended === -1 || facts.indexOf("order.cancelling") < ended).to.equal(true);
      }),
      { numRuns: 2000 },
    );
  });

  it("is not changed by what it has just heard", () => {
    fc.assert(
      fc.property(
        start,
        history,
        fc.constantFrom(...Object.keys(happenings)),
        fc.nat(4000),
        (begun, past, name, now) => {
          const { order } = live(begun, past);
          const hear = (happenings as Record<string, Happening>)[name] ?? (() => nothing);
          const heard = hear(order, now).next?.order ?? order;
          expect(hear(heard, now)).to.equal(nothing);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("is cancelled whatever the order of the answers, and however often they come", () => {
    const answers = fc.shuffledSubarray([...defaults.participants, ...defaults.participants], { minLength: 10 });
    fc.assert(
      fc.property(answers, fc.constantFrom("rejected", "cancel", "captured"), (said, late) => {
        const { order, facts } = live(placed(), ["cancel", ...said.flatMap((name) => [name, late])]);
        expect(order.status).to.equal("CANCELLED");
        expect([...order.answered].sort()).to.deep.equal([...defaults.participants].sort());
        expect(facts).to.deep.equal(["order.placed", "order.cancelling", "order.cancelled"]);
      }),
    );
  });

  it("never leaves an end", () => {
    fc.assert(
      fc.property(start, history, (order, happened) => {
        const { steps } = live(order, happened);
        const ended = steps.findIndex(({ status }) => status === "CANCELLED" || status === "DELIVERED");
        if (ended >= 0) for (const step of steps.slice(ended)) expect(step).to.equal(steps[ended]);
      }),
    );
  });
});
