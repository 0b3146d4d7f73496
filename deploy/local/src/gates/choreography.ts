// Gate: the services' tables of inputs fit together. Every fact is owned and heard, and whatever is held is settled.
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ServiceDefinition } from "@pavane/choreography";
import { choreographyOf, flawsOf } from "@pavane/choreography/map";
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
      return { read: map.facts.size, problems: flawsOf(map).map(({ message }) => message) };
    },
  };
}
