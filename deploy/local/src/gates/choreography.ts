// Gate: the services' tables of inputs fit together. Every fact is owned and heard, and whatever is held is settled.
import type { ServiceDefinition } from "@pavane/choreography";
import { choreographyOf, flawsOf } from "@pavane/choreography/map";
import type { Gate } from "./gate.js";

/** Every service of the shop. Imported when asked for: a table that cannot even be declared must fail one gate, not all. */
export async function everyService(): Promise<readonly ServiceDefinition[]> {
  return (await import("../choreography/shop.js")).shop;
}

export const choreography = soundness(everyService);

/** The gate over whatever services there are. */
export function soundness(services: () => Promise<readonly ServiceDefinition[]>): Gate {
  return {
    name: "the choreography is sound",
    check: async () => {
      const map = choreographyOf(await services());
      return { read: map.facts.size, problems: flawsOf(map).map(({ message }) => message) };
    },
  };
}
