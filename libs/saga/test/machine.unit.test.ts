// The state machine, pair by pair.

import { expect } from "chai";
import { IllegalTransition, machine, type MachineEvent, type Status, transition } from "../src/index.js";

const legal: readonly (readonly [Status, MachineEvent, Status])[] = [
  ["INITIAL", "START", "EXECUTING"],
  ["EXECUTING", "SUCCESS", "EXECUTING"],
  ["EXECUTING", "COMPLETE", "COMPLETED"],
  ["EXECUTING", "FAIL", "COMPENSATING"],
  ["EXECUTING", "TIMEOUT", "COMPENSATING"],
  ["COMPENSATING", "COMPENSATE_SUCCESS", "COMPENSATING"],
  ["COMPENSATING", "COMPENSATE_COMPLETE", "COMPENSATED"],
  ["COMPENSATING", "COMPENSATE_FAIL", "FAILED"],
];
const statuses = Object.keys(machine) as Status[];
const events = [...new Set(legal.map(([, event]) => event))];

describe("the state machine of a saga", () => {
  for (const [from, event, to] of legal) {
    it(`${from} takes ${event} to ${to}`, () => expect(transition(from, event)).to.equal(to));
  }

  it("takes no other pair, and says which two statuses do not meet", () => {
    let refused = 0;
    for (const from of statuses) {
      for (const event of events) {
        if (legal.some(([status, taken]) => status === from && taken === event)) continue;
        const target = legal.find(([, taken]) => taken === event)?.[2];
        expect(() => transition(from, event)).to.throw(
          IllegalTransition,
          `a saga that is ${from} does not take ${event}, which leads to ${target}`,
        );
        refused++;
      }
    }
    expect(refused).to.equal(6 * 8 - legal.length);
  });
});
