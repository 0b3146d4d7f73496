import { explore, laws } from "@pavane/choreography/simulator";
import { expect } from "chai";
import { areCaught } from "./caught.js";
import { mutants } from "./mutants.js";

/** Which rule catches which mistake: the first that is broken on a shortest schedule. */
const caught: Readonly<Record<string, string>> = {
  "no tombstone": laws.redelivery,
  "hold purged": laws.redelivery,
  "answers counted instead of a set": laws.redelivery,
  "answer only if something was held": laws.redelivery,
  "four answers enough": "cancelled only when all have answered",
  "completed after cancelling": "never both completed and cancelled",
  "cancelled after completed": "never both completed and cancelled",
  "release twice": laws.redelivery,
  "confirm twice": laws.redelivery,
  "hold state not looked at": laws.redelivery,
  "answer while the charge is pending": "no charge without a completed order or a refund",
  "no refund": "no charge without a completed order or a refund",
  "dispatch before completion": laws.redelivery,
  "ack before commit": "every purchase ends",
  "publish before commit": "versions have no gap",
  "no sweep": "every purchase ends",
  "no pick-up of a pending charge": "every purchase ends",
  "a new idempotency key at each try": "every effect happens once",
  "no answer taken as a decline": "no charge without a completed order or a refund",
  "parking a participant": "every purchase ends",
  "outcome written onto a row that no longer waits": "a hold says each thing once",
};

/** Mistakes that a rule about purchases catches too, were the law of redelivery not there to be first. */
const deeper: Readonly<Record<string, string>> = {
  "no tombstone": "a cancelled purchase is released by all",
  "answer only if something was held": "every purchase ends",
  "release twice": "a hold says each thing once",
  "confirm twice": laws.failure,
  "hold state not looked at": "stock balances",
  "dispatch before completion": laws.failure,
};

describe("a mistake", function () {
  this.timeout(60_000);

  areCaught(mutants, caught, (scenario) => explore(scenario));

  for (const [name, rule] of Object.entries(deeper)) {
    it(`breaks the rule "${rule}" too: ${name}`, () => {
      const { scenario } = mutants.find((mutant) => mutant.name === name) ?? expect.fail();
      const { violations } = explore({ ...scenario, redelivers: true }, { findAll: true, mostStates: 30_000 });
      expect(violations.map((violation) => violation.rule)).to.include(rule);
    });
  }
});
