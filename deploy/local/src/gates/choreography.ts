// Gate: the services' tables of inputs fit together. Every fact is owned and heard, and whatever is held is settled.
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ServiceDefinition } from "@pavane/choreography";
import { choreographyOf, flawsOf } from "@pavane/choreography/map";
import { without } from "../choreography/without.js";
import type { Gate } from "./gate.js";

/** The shop's services in a checkout. Imported when asked for: a table that cannot be declared must fail one gate, not all. */
export async function everyService(root: string): Promise<readonly ServiceDefinition[]> {
  const { shop } = await import("../choreography/shop.js");
  return shop.filter(({ name }) => existsSync(join(root, "services", name, "src")));
}

export const choreography = soundness(everyService);

/** The gate over whatever services there are. */
export function soundness(services: (root: string) => Promise<readonly ServiceDefinition[]>): Gate {
  return {
    name: "the choreography is sound",
    check: async (root) => {
      const found = await services(root);
      if (found.length === 0) return { read: 0, problems: [] };
      const map = choreographyOf(found);
      // A saga stands in for what makes the others move, and settles nothing itself: what it says must be said and heard,
      // and all the rest must hold where it says nothing.
      const said = flawsOf(map).filter(({ check }) => check === "owner" || check === "heard" || check === "known");
      const danced = flawsOf(choreographyOf(without(found, "saga")));
      return { read: map.facts.size, problems: [...new Set([...said, ...danced].map(({ message }) => message))] };
    },
  };
}
