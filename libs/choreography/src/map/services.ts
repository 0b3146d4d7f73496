// The part of the page that shows each service by itself: what it hears, is asked, comes due and gets back.

import type { Act, Choreography } from "./choreography.js";
import type { Roles } from "./roles.js";
import { code, codes, table } from "./text.js";

/** Every service with its whole table of inputs. */
export function servicesPart(choreography: Choreography, roles: Roles): string {
  const services = choreography.services.map(({ name }) => {
    const acts = choreography.acts.filter(({ service }) => service === name);
    return [
      `### ${name}`,
      table(
        ["input", "what it does", "may announce", "guard", "tables"],
        acts.map((act) => row(roles, act)),
      ),
    ];
  });
  const opening = [
    "## Each service by itself",
    "",
    "Guards: a reaction that *commutes* is safe by the state of its rows alone, in any order and any number of deliveries; one that",
    "is taken *once* claims the fact's id in the inbox. A command's caller is answered after the commit; an outcome is taken once.",
  ].join("\n");
  return [opening, ...services.flat()].join("\n\n");
}

function row(roles: Roles, act: Act): string[] {
  const rows = [...codes(act.tables), ...codes(act.sees).map((name) => `${name} (looks only)`)];
  const verb = roles.verbOf(act);
  return [
    input(act),
    act.kind === "command" || act.kind === "due" ? "" : verb,
    codes(act.announces).join("<br>"),
    act.guard ?? "",
    rows.join(", "),
  ];
}

function input({ kind, name }: Act): string {
  switch (kind) {
    case "reaction":
      return `hears ${code(name)}`;
    case "command":
      return `is asked ${code(name)}`;
    case "due":
      return `${code(name)} is due`;
    case "outcome":
      return `outcome of ${code(name)}`;
  }
}
