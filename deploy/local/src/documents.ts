// The documents that are generated: committed for readers, compared by a gate.
import { catalogue } from "@pavane/contracts";
import type { GeneratedDocument } from "./gates/documents.js";

const drawn = "npm run choreography";

/** Every generated document. `npm run docs` writes them. */
export const documents: readonly GeneratedDocument[] = [
  { path: "docs/facts.md", command: "npm run docs", generate: async () => factsPage() },
  {
    path: "docs/choreography.md",
    command: drawn,
    generate: async () => (await import("./choreography/write.js")).choreographyPage(),
  },
  {
    path: "docs/asyncapi.yaml",
    command: drawn,
    generate: async (root) => (await import("./choreography/write.js")).asyncApiDocument(root),
  },
];

function factsPage(): string {
  const facts = Object.values(catalogue).sort((a, b) => order(a.owner, b.owner) || order(a.name, b.name));
  const rows = facts.map(({ name, owner, aggregate, message, forever, end }) => {
    const notes = [...(forever ? ["retried for ever"] : []), ...(end ? ["nobody hears it, and that is meant"] : [])];
    return `| \`${name}\` | ${owner} | ${aggregate} | \`${message}\` | ${notes.join("; ")} |`;
  });
  return [
    "# Facts",
    "",
    "Every fact of the system, by the service that announces it. Written by `npm run docs` from the option",
    "`(pavane.fact.v1.fact)` of the protos; do not edit. A fact carries the gapless version of its aggregate.",
    "What the saga sends are commands, named for what is to be done; they are declared, carried and kept like facts.",
    "",
    "| fact | announced by | aggregate | message | |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
