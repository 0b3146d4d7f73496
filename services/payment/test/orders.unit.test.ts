// Cancelling while the charge is under way, in every order of events: refunded or voided, and never twice.

import { purchase } from "@pavane/testkit";
import { PaymentMethod, type Purchase } from "@pavane/contracts/purchase";
import type { Context } from "@pavane/kernel";
import { expect } from "chai";
import fc from "fast-check";
import {
  charge,
  type ChargeOutcome,
  type Payment,
  type RefundOutcome,
  settleByHand,
  settleCharge,
  settleRefund,
  undo,
} from "../src/domain.js";

const context: Context = { now: new Date(0), id: "01936a00-0000-7000-8000-000000000000", version: 1n };
const card = purchase({ paymentMethod: PaymentMethod.CARD, cardToken: "tok" });
const settling = { orderId: card.orderId, reference: "transfer-7", reason: "by hand" };

const moves = ["prepared", "cancelling", "charge outcome", "refund outcome", "settle"] as const;
type Move = (typeof moves)[number];

/** The provider of one run: what it will answer, for ever. */
interface Provider {
  readonly charge: ChargeOutcome;
  readonly refund: RefundOutcome;
}
const providers: readonly Provider[] = [
  { charge: { status: "APPROVED", reference: "ch" }, refund: { status: "REFUNDED", reference: "re" } },
  { charge: { status: "APPROVED", reference: "ch" }, refund: { status: "REFUSED", reason: "closed" } },
  { charge: { status: "DECLINED", reason: "no" }, refund: { status: "REFUNDED", reference: "re" } },
];

/** What one run has come to. */
interface World {
  readonly purchase: Purchase;
  readonly provider: Provider;
  readonly payment: Payment | undefined;
  readonly events: readonly string[];
  readonly asked: readonly string[];
}

function begun(provider: Provider, bought = card): World {
  return { purchase: bought, provider, payment: undefined, events: [], asked: [] };
}

/** An outcome comes only of an effect that was asked for, an operator only to a refund that waits for one. */
function possible({ asked, payment }: World, move: Move): boolean {
  if (move === "charge outcome") return asked.includes("charge/order-1");
  if (move === "refund outcome") return asked.includes("refund/order-1");
  return move !== "settle" || payment?.refundRefused === true || payment?.settled === true;
}

function step(world: World, move: Move): World {
  const { payment, provider } = world;
  const rows = { payment };
  const heard = { purchase: world.purchase };
  const decision = {
    prepared: () => charge(rows, heard, context),
    cancelling: () => undo(rows, heard, context),
    "charge outcome": () => settleCharge(rows, { result: provider.charge }, context),
    "refund outcome": () => settleRefund(rows, { result: provider.refund }, context),
    settle: () => settleByHand(rows, settling, context),
  }[move]();
  return {
    ...world,
    payment: decision.next?.payment ?? payment,
    events: [...world.events, ...(decision.events ?? []).map(({ type }) => type)],
    asked: [...world.asked, ...(decision.effects ?? []).map(({ key }) => key)],
  };
}

/** What must hold at every moment, whatever came in whatever order. */
function holds({ events, asked, payment, provider }: World): void {
  expect(new Set(asked).size, "an effect is asked for once").to.equal(asked.length);
  expect(new Set(events).size, "a fact is announced once").to.equal(events.length);
  const answers = events.filter((type) => type === "payment.voided" || type === "payment.refunded");
  expect(answers.length, "one answer at most").to.be.lessThan(2);
  if (answers.length > 0) expect(events.at(-1), "nothing is announced after the answer").to.equal(answers[0]);
  expect(payment?.state === "VOIDED", "VOIDED is what was answered").to.equal(answers[0] === "payment.voided");
  expect(payment?.state === "REFUNDED", "REFUNDED is what was answered").to.equal(answers[0] === "payment.refunded");
  if (events.includes("payment.captured")) expect(provider.charge.status).to.equal("APPROVED");
  if (asked.includes("refund/order-1")) expect(provider.charge.status).to.equal("APPROVED");
}

/** What must hold once everything has come that will come. */
function ends(world: World, cancelled: boolean): void {
  const { payment, events, asked, provider } = world;
  const approved = provider.charge.status === "APPROVED";
  if (!cancelled) {
    const fact = approved ? "payment.captured" : "payment.failed";
    expect(events).to.deep.equal([fact]);
    return;
  }
  const took = asked.includes("charge/order-1") && approved;
  expect(payment?.state).to.equal(took ? "REFUNDED" : "VOIDED");
  expect(asked.includes("refund/order-1"), "refunded only what was taken").to.equal(took);
  expect(events.at(-1)).to.equal(took ? "payment.refunded" : "payment.voided");
}

/** Everything that is still to come, comes. */
function drained(world: World, heard: readonly Move[]): World {
  const rest: readonly Move[] = [...heard, "charge outcome", "refund outcome", "settle"];
  return rest.reduce((state, move) => (possible(state, move) ? step(state, move) : state), world);
}

describe("a card payment in every order of events", () => {
  for (const provider of providers) {
    const name = `${provider.charge.status}, ${provider.refund.status}`;

    it(`ends well from every state that can be reached (${name})`, () => {
      const seen = new Map<string, World>();
      const visit = (world: World): void => {
        const { payment, events, asked } = world;
        const key = JSON.stringify([payment?.state, payment?.cancelling, payment?.refundRefused, events, asked]);
        if (seen.has(key)) return;
        seen.set(key, world);
        holds(world);
        for (const move of moves) if (possible(world, move)) visit(step(world, move));
      };
      visit(begun(provider));
      for (const world of seen.values()) ends(drained(world, ["prepared", "cancelling"]), true);
      expect(seen.size).to.be.greaterThan(4);
    });
  }

  it("ends well under random orders and repetitions", () => {
    const scenario = fc.record({
      provider: fc.constantFrom(...providers),
      cancelled: fc.boolean(),
      order: fc.array(fc.constantFrom(...moves), { maxLength: 30 }),
    });
    fc.assert(
      fc.property(scenario, ({ provider, cancelled, order }) => {
        let world = begun(provider);
        for (const move of order) {
          if ((move === "cancelling" && !cancelled) || !possible(world, move)) continue;
          world = step(world, move);
          holds(world);
        }
        world = drained(world, cancelled ? ["prepared", "cancelling"] : ["prepared"]);
        holds(world);
        ends(world, cancelled);
      }),
      { numRuns: 3_000 },
    );
  });

  it("never announces a capture that order.cancelling came before", () => {
    fc.assert(
      fc.property(fc.constantFrom(...providers), fc.shuffledSubarray([...moves, ...moves]), (provider, order) => {
        let world = step(begun(provider), "prepared");
        world = step(world, "cancelling");
        for (const move of order) if (possible(world, move)) world = step(world, move);
        expect(world.events).not.to.include("payment.captured");
      }),
    );
  });
});

describe("a wallet payment in every order of events", () => {
  it("is captured and refunded, or voided, once and without a provider", () => {
    const heard = fc.array(fc.constantFrom("prepared" as const, "cancelling" as const), { maxLength: 10 });
    fc.assert(
      fc.property(heard, (order) => {
        const [provider] = providers;
        if (provider === undefined) throw new Error("no provider");
        const world = [...order, "cancelling" as const].reduce(step, begun(provider, purchase()));
        expect(world.asked).to.deep.equal([]);
        const first = [...order, "cancelling"][0];
        expect(world.events).to.deep.equal(
          first === "prepared" ? ["payment.captured", "payment.refunded"] : ["payment.voided"],
        );
      }),
    );
  });
});
