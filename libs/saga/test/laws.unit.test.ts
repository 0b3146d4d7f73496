// What holds for a saga whatever it hears, in whatever order, however often, and whenever its time comes.

import { Refused, Unexpected } from "@pavane/kernel";
import { expect } from "chai";
import fc from "fast-check";
import { IllegalTransition, replay } from "../src/index.js";
import { Journey } from "./trip.js";

const names = ["flight", "car", "hotel"];
const heard = [
  ...["trip.wanted", "trip.paid", "trip.dropped"],
  ...names.flatMap((name) => [`${name}.booked`, `${name}.full`, `${name}.unbooked`]),
];
const moves = fc.oneof(
  fc.constantFrom(...heard).map((on) => (journey: Journey) => journey.hears(on)),
  fc.constantFrom(1, 3, 10).map((seconds) => (journey: Journey) => journey.wait(seconds)),
  fc.constant((journey: Journey) => journey.retries()),
  fc.constant((journey: Journey) => journey.aborts()),
);

function tries(journey: Journey, move: (journey: Journey) => unknown): void {
  const { saga, log } = journey;
  const length = log.length;
  try {
    move(journey);
  } catch (error) {
    const known = error instanceof Unexpected || error instanceof IllegalTransition || error instanceof Refused;
    if (!known) throw error;
    expect(journey.saga, "what is refused changes nothing").to.equal(saga);
    expect(journey.log).to.have.length(length);
  }
}

describe("any saga", () => {
  it("is what its log says, numbers its log without a gap, and ends once an attempt", () => {
    fc.assert(
      fc.property(fc.boolean(), fc.boolean(), fc.array(moves, { maxLength: 60 }), (decided, drives, course) => {
        const journey = new Journey({ decided, drives });
        // A journey checks itself against its replayed log after every move.
        for (const move of course) tries(journey, move);
        expect(journey.log.map(({ number }) => number)).to.deep.equal(journey.log.map((_, at) => BigInt(at + 1)));
        const finals = journey.sent.filter((type) => type === "trip.ready" || type === "trip.undone");
        expect(finals.length).to.be.lessThan(2);
        expect(journey.log.filter(({ kind }) => kind === "FAILED")).to.have.length(journey.alarms.length);
      }),
      { numRuns: 500 },
    );
  });

  it("asks for a compensation only when everything after it was answered or given up", () => {
    fc.assert(
      fc.property(fc.array(moves, { maxLength: 60 }), (course) => {
        const journey = new Journey();
        for (const move of ["trip.wanted", "trip.dropped"]) journey.hears(move);
        for (const move of course) tries(journey, move);
        journey.log.forEach(({ kind, step }, at) => {
          if (kind !== "COMPENSATION_SENT") return;
          const before = replay(journey.log.slice(0, at));
          const later = (before?.steps ?? []).slice(names.indexOf(step) + 1);
          for (const { compensation } of later) expect(compensation).to.be.oneOf(["SUCCEEDED", "GIVEN_UP"]);
        });
      }),
      { numRuns: 300 },
    );
  });

  it("comes to its end from wherever it was dropped, once everybody answers", () => {
    fc.assert(
      fc.property(fc.array(moves, { maxLength: 30 }), (course) => {
        const journey = new Journey().hears("trip.wanted");
        for (const move of course) tries(journey, move);
        if (journey.saga?.status === "COMPLETED") return;
        tries(journey, (one) => one.hears("trip.dropped"));
        for (const name of [...names, ...names, ...names].reverse()) {
          tries(journey, (one) => one.hears(`${name}.unbooked`));
        }
        expect(journey.saga?.status).to.equal("COMPENSATED");
      }),
      { numRuns: 300 },
    );
  });

  it("cannot be replayed from a log with a gap, or one that begins in the middle", () => {
    const { log } = new Journey().hears("trip.wanted").hears("flight.booked");
    expect(() => replay(log.filter((_, at) => at !== 1))).to.throw("does not follow");
    expect(() => replay(log.slice(1))).to.throw("does not follow");
    expect(replay([])).to.equal(undefined);
  });
});
