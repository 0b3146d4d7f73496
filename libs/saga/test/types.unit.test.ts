// What the compiler refuses in a declaration. Each line marked as an error must be one, or this file does not compile.

import { service } from "@pavane/choreography";
import { expect } from "chai";
import { saga, type SagaOptions } from "../src/index.js";
import { catalogue, tables, type Trip, tripSaga } from "./trip.js";

interface OfTrip {
  readonly trip: Trip;
}
const says = {
  catalogue,
  tables,
  starts: "trip.wanted",
  completed: "trip.ready",
  compensated: "trip.undone",
  idOf: ({ trip }: OfTrip) => trip.tripId,
  dataOf: ({ trip }: OfTrip) => trip,
  userIdOf: ({ who }: Trip) => who,
  ask: ({ data: trip, step }: { data: Trip; step: number }) => ({ trip, step }),
  done: ({ data: trip }: { data: Trip }) => ({ trip }),
  undone: ({ data: trip }: { data: Trip }) => ({ trip, code: "", reason: "", attempts: 1 }),
} as const;
const flight = {
  name: "flight",
  command: "flight.book",
  succeeds: ["flight.booked"],
  fails: ["flight.full"],
  compensation: "flight.unbook",
  compensated: ["flight.unbooked"],
} as const;

describe("the declaration of a saga", () => {
  it("takes what the catalogue has, and nothing else", () => {
    saga({ ...says, steps: [flight] });
    // @ts-expect-error no such command
    saga({ ...says, steps: [{ ...flight, command: "flight.hijack" }] });
    // @ts-expect-error no such answer
    saga({ ...says, steps: [{ ...flight, succeeds: ["flight.landed"] }] });
    // @ts-expect-error an answer without a code is no refusal
    saga({ ...says, steps: [{ ...flight, fails: ["flight.booked"] }] });
    // @ts-expect-error the fact of its end carries more than this
    saga({ ...says, steps: [flight], undone: ({ data: trip }: { data: Trip }) => ({ trip }) });
    const typed: Pick<SagaOptions<object, Trip, OfTrip, unknown, unknown, unknown, unknown>, "dataOf"> = says;
    expect(typed.dataOf({ trip: { tripId: "t", who: "ann", drives: true } }).who).to.equal("ann");
  });

  it("is a service that announces nothing but its own", () => {
    const { reactions, dues, outcomes, retry, abort } = tripSaga(true);
    const commands = { retry: retry((row) => row), abort: abort((row) => row) };
    const parts = { catalogue, tables: [tables.sagas, tables.log], reactions, dues, outcomes, commands };
    expect([...service({ name: "agency", ...parts }).reactions.keys()]).to.have.length(12);
    expect(() => service({ name: "rival", ...parts })).to.throw(TypeError, "which only agency may");
  });
});
