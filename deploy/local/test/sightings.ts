// Facts as the demo's witness would have seen them.
import { catalogue, type Facts } from "@pavane/contracts";
import type { FactName } from "../src/demo/scenario.js";
import type { Sighting } from "../src/demo/witness.js";
import { purchase } from "@pavane/testkit";

let count = 0;

/** A sighting with an id of its own. */
export function seen(fact: FactName, version = 1n, more: object = {}): Sighting {
  count += 1;
  const { owner, aggregate } = catalogue[fact];
  const data = { purchase: purchase(), ...more } as Facts[FactName];
  return { fact, id: `event-${count}`, owner, aggregate, version, time: new Date(1_000 + count), data };
}
