// How a saga goes, told as what it hears and what it sends.

import { Refused, Unexpected } from "@pavane/kernel";
import { expect } from "chai";
import { IllegalTransition } from "../src/index.js";
import { Journey } from "./trip.js";

const kinds = ({ log }: Journey): string[] => log.map(({ kind, event }) => (event ? `${kind} ${event}` : kind));
const all = ["hotel.unbook", "car.unbook", "flight.unbook"];

describe("a saga whose end somebody else decides", () => {
  it("sends each step after the answer before it, and completes when told", () => {
    const journey = new Journey().hears("trip.wanted");
    expect(journey.news()).to.deep.equal(["flight.book"]);
    expect(journey.hears("flight.booked").news()).to.deep.equal(["car.book"]);
    expect(journey.hears("car.booked").news()).to.deep.equal(["hotel.book"]);
    expect(journey.hears("hotel.booked").news()).to.deep.equal([]);
    expect(journey.saga).to.include({ status: "EXECUTING", current: "", dueTime: undefined });
    expect(journey.hears("trip.paid").news()).to.deep.equal(["trip.ready"]);
    expect(journey.saga).to.include({ status: "COMPLETED", userId: "ann", attempt: 1 });
    expect(kinds(journey)).to.deep.equal([
      ...["STARTED START", "STEP_SENT", "STEP_SUCCEEDED SUCCESS", "STEP_SENT", "STEP_SUCCEEDED SUCCESS", "STEP_SENT"],
      ...["STEP_SUCCEEDED SUCCESS", "COMPLETED COMPLETE"],
    ]);
  });

  it("leaves out a step that is not needed, and yet undoes it with the others", () => {
    const journey = new Journey({ drives: false }).hears("trip.wanted").hears("flight.booked");
    expect(journey.news()).to.deep.equal(["flight.book", "hotel.book"]);
    journey.hears("trip.dropped").hears("hotel.unbooked").hears("car.unbooked").hears("flight.unbooked");
    expect(journey.news()).to.deep.equal([...all, "trip.undone"]);
    expect(journey.steps()[1]).to.equal("car SKIPPED/SUCCEEDED");
  });

  it("notes a refusal and waits: who decides has heard it too", () => {
    const journey = new Journey().hears("trip.wanted").hears("flight.full", "SOLD_OUT");
    expect(journey.news()).to.deep.equal(["flight.book"]);
    expect(journey.saga).to.include({ status: "EXECUTING", dueTime: undefined });
    expect(journey.saga?.steps[0]).to.include({ state: "REJECTED", code: "SOLD_OUT", reason: "sorry" });
  });

  it("undoes every step in strict reverse order, each awaited, also those that were never sent", () => {
    const journey = new Journey().hears("trip.wanted").hears("flight.full");
    journey.news();
    expect(journey.hears("trip.dropped", "SOLD_OUT").news()).to.deep.equal(["hotel.unbook"]);
    expect(journey.hears("hotel.unbooked").news()).to.deep.equal(["car.unbook"]);
    expect(journey.hears("car.unbooked").news()).to.deep.equal(["flight.unbook"]);
    expect(journey.saga).to.include({ status: "COMPENSATING", current: "flight" });
    expect(journey.hears("flight.unbooked").news()).to.deep.equal(["trip.undone"]);
    expect(journey.saga).to.include({ status: "COMPENSATED", code: "SOLD_OUT", attempt: 1 });
  });

  it("starts and fails in one decision when it is told to undo before it began, both logged", () => {
    const journey = new Journey().hears("trip.dropped");
    expect(kinds(journey)).to.deep.equal(["STARTED START", "COMPENSATING FAIL", "COMPENSATION_SENT"]);
    expect(journey.news()).to.deep.equal(["hotel.unbook"]);
    expect(journey.hears("trip.wanted").news()).to.deep.equal([]);
  });

  it("changes nothing on repeats, wherever they come", () => {
    const journey = new Journey();
    const course = ["trip.wanted", "flight.booked", "car.full", "trip.dropped"];
    course.push("hotel.unbooked", "car.unbooked", "flight.unbooked");
    course.forEach((on, at) => {
      journey.hears(on);
      const { saga, log } = journey;
      const length = log.length;
      for (const again of course.slice(0, at + 1)) journey.hears(again);
      expect(journey.saga).to.equal(saga);
      expect(journey.log).to.have.length(length);
    });
  });

  it("refuses an answer to what it never asked for", () => {
    expect(() => new Journey().hears("flight.booked")).to.throw(Unexpected, "never asked for");
    const journey = new Journey({ drives: false }).hears("trip.wanted");
    for (const on of ["hotel.booked", "hotel.full", "car.booked", "flight.unbooked", "hotel.unbooked"]) {
      expect(() => journey.hears(on), on).to.throw(Unexpected, "never asked for");
    }
    expect(() => new Journey().hears("trip.paid")).to.throw(Unexpected);
    expect(journey.log).to.have.length(2);
  });

  it("will not be completed while it undoes", () => {
    const journey = new Journey().hears("trip.wanted").hears("trip.dropped");
    expect(() => journey.hears("trip.paid")).to.throw(IllegalTransition, "COMPENSATING does not take COMPLETE");
  });
});

describe("a step that is late", () => {
  it("is logged, and only asks to cancel", () => {
    const journey = new Journey().hears("trip.wanted").wait(9);
    expect(journey.saga?.steps[0]?.state).to.equal("SENT");
    journey.news();
    expect(journey.wait(1).news()).to.deep.equal(["trip.drop"]);
    expect(journey.saga).to.include({ status: "EXECUTING", cancelAsked: true, dueTime: undefined });
    expect(journey.wait(100).news()).to.deep.equal([]);
    journey.hears("trip.dropped", "STEP_TIMED_OUT");
    expect(kinds(journey).slice(2)).to.deep.equal([
      ...["STEP_TIMED_OUT", "CANCEL_ASKED", "COMPENSATING TIMEOUT", "COMPENSATION_SENT"],
    ]);
  });

  it("asks for nothing more when it is done after all, and is undone like the others", () => {
    const journey = new Journey().hears("trip.wanted").wait(10).hears("flight.booked");
    expect(journey.news()).to.deep.equal(["flight.book", "trip.drop"]);
    journey.hears("trip.dropped", "STEP_TIMED_OUT").hears("hotel.unbooked").hears("car.unbooked");
    expect(journey.news()).to.deep.equal(all);
    expect(journey.steps()[0]).to.equal("flight SUCCEEDED/SENT");
  });

  it("is noted also while it is being undone, and after, without reaching the machine", () => {
    const journey = new Journey().hears("trip.wanted").wait(10).hears("trip.dropped", "STEP_TIMED_OUT");
    journey.hears("flight.booked");
    expect(journey.log.at(-1)).to.include({ kind: "STEP_SUCCEEDED", event: undefined, status: "COMPENSATING" });
    expect(journey.saga).to.include({ current: "hotel" });
  });

  it("completes all the same where who decides was faster", () => {
    const journey = new Journey({ drives: false }).hears("trip.wanted").hears("flight.booked").wait(10);
    journey.hears("trip.paid").hears("hotel.booked");
    expect(journey.saga).to.include({ status: "COMPLETED", cancelAsked: true });
    expect(journey.steps()[2]).to.equal("hotel SUCCEEDED/NONE");
  });
});

describe("a compensation that is not answered", () => {
  const stuck = () => new Journey().hears("trip.wanted").hears("trip.dropped");

  it("is asked for again with a growing delay, then given up; the rest goes on, and the saga is FAILED and loud", () => {
    const journey = stuck();
    journey.news();
    expect(journey.wait(0.9).news()).to.deep.equal([]);
    expect(journey.wait(0.1).news()).to.deep.equal(["hotel.unbook"]);
    expect(journey.wait(2.9).news()).to.deep.equal([]);
    expect(journey.wait(0.1).news()).to.deep.equal(["car.unbook"]);
    journey.hears("car.unbooked").hears("flight.unbooked");
    expect(journey.news()).to.deep.equal(["flight.unbook"]);
    expect(journey.saga).to.include({ status: "FAILED", current: "", dueTime: undefined });
    expect(journey.steps()).to.deep.equal(["flight SENT/SUCCEEDED", "car PENDING/SUCCEEDED", "hotel PENDING/GIVEN_UP"]);
    expect(journey.alarms).to.deep.equal([{ sagaId: "trip-1", attempt: 1, open: ["hotel"] }]);
  });

  it("that is answered late after all settles the saga in an attempt of its own", () => {
    const journey = stuck().wait(1).wait(3).hears("car.unbooked").hears("flight.unbooked");
    journey.news();
    expect(journey.hears("hotel.unbooked").news()).to.deep.equal(["trip.undone"]);
    expect(journey.saga).to.include({ status: "COMPENSATED", attempt: 2 });
    expect(kinds(journey).slice(-5)).to.deep.equal([
      ...["FAILED COMPENSATE_FAIL", "COMPENSATION_SUCCEEDED", "STARTED START", "COMPENSATING FAIL"],
      "COMPENSATED COMPENSATE_COMPLETE",
    ]);
  });

  it("that is answered late while others are open still leaves the saga FAILED", () => {
    const journey = stuck().wait(1).wait(3).wait(1).wait(3).hears("flight.unbooked");
    expect(journey.steps().map((step) => step.split("/")[1])).to.deep.equal(["SUCCEEDED", "GIVEN_UP", "GIVEN_UP"]);
    expect(journey.hears("hotel.unbooked").saga?.status).to.equal("FAILED");
    expect(journey.hears("car.unbooked").saga?.status).to.equal("COMPENSATED");
  });

  it("that is answered while a later one is awaited is noted, and the order kept", () => {
    const journey = stuck().wait(1).wait(3);
    journey.news();
    expect(journey.hears("hotel.unbooked").news()).to.deep.equal([]);
    expect(journey.saga).to.include({ status: "COMPENSATING", current: "car" });
    journey.hears("car.unbooked").hears("flight.unbooked");
    expect(journey.saga).to.include({ status: "COMPENSATED", attempt: 1 });
  });

  it("is asked for again by RetryCompensation, only what is open, with the policy from its start", () => {
    const journey = stuck().wait(1).wait(3).hears("car.unbooked").hears("flight.unbooked");
    journey.news();
    expect(journey.retries().news()).to.deep.equal(["hotel.unbook"]);
    expect(journey.saga).to.include({ status: "COMPENSATING", attempt: 2, current: "hotel" });
    expect(journey.retries().news()).to.deep.equal([]);
    expect(journey.wait(1).news()).to.deep.equal(["hotel.unbook"]);
    journey.wait(3);
    expect(journey.saga).to.include({ status: "FAILED", attempt: 2 });
    expect(journey.alarms).to.have.length(2);
    expect(journey.retries().hears("hotel.unbooked").news()).to.deep.equal(["hotel.unbook", "trip.undone"]);
    expect(journey.saga).to.include({ status: "COMPENSATED", attempt: 3 });
  });

  it("accepts in a later attempt what an earlier one asked for", () => {
    const journey = stuck().wait(1).wait(3).wait(1).wait(3).hears("flight.unbooked").retries();
    expect(journey.saga).to.include({ current: "hotel" });
    journey.news();
    expect(journey.hears("car.unbooked").news()).to.deep.equal([]);
    expect(journey.hears("hotel.unbooked").news()).to.deep.equal(["trip.undone"]);
  });
});

describe("an operator", () => {
  it("aborts a saga by asking who decides, once", () => {
    const journey = new Journey().hears("trip.wanted").aborts().aborts();
    expect(journey.news()).to.deep.equal(["flight.book", "trip.drop"]);
    expect(journey.saga).to.include({ status: "EXECUTING", cancelAsked: true });
    expect(journey.hears("trip.dropped").aborts().saga?.status).to.equal("COMPENSATING");
  });

  it("is refused what cannot be", () => {
    const done = new Journey({ drives: false }).hears("trip.wanted").hears("flight.booked").hears("hotel.booked");
    done.hears("trip.paid");
    const code = (act: () => unknown): string => {
      try {
        act();
        return "accepted";
      } catch (error) {
        return error instanceof Refused ? error.code : String(error);
      }
    };
    expect(code(() => done.aborts())).to.equal("SAGA_COMPLETED");
    expect(code(() => done.retries())).to.equal("SAGA_NOT_FAILED");
    expect(code(() => new Journey().retries())).to.equal("SAGA_NOT_FOUND");
    expect(code(() => new Journey().aborts())).to.equal("SAGA_NOT_FOUND");
    expect(code(() => new Journey().hears("trip.wanted").retries())).to.equal("SAGA_NOT_FAILED");
  });
});

describe("a saga that decides itself", () => {
  const alone = () => new Journey({ decided: false, drives: false }).hears("trip.wanted");

  it("is complete with its last step", () => {
    expect(alone().hears("flight.booked").hears("hotel.booked").news()).to.deep.equal([
      ...["flight.book", "hotel.book", "trip.ready"],
    ]);
  });

  it("undoes everything on a refusal, on a late step, and when it is aborted", () => {
    const refused = alone().hears("flight.full", "SOLD_OUT");
    expect(refused.saga).to.include({ status: "COMPENSATING", code: "SOLD_OUT", current: "hotel" });
    const late = alone().wait(10);
    expect(late.saga).to.include({ status: "COMPENSATING", code: "STEP_TIMED_OUT" });
    expect(late.log.map(({ event }) => event)).to.include("TIMEOUT");
    expect(alone().aborts().saga).to.include({ status: "COMPENSATING", code: "CANCELLED_BY_USER" });
  });
});
