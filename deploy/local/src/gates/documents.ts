// Gate: generated documents are committed, and are what would be generated now.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { documents } from "../documents.js";
import type { Gate } from "./gate.js";

/** A document that a program writes. */
export interface GeneratedDocument {
  /** Relative to the root. */
  readonly path: string;
  /** The command that writes it, for the message. */
  readonly command: string;
  generate(root: string): Promise<string>;
}

export const fresh = freshness(documents);

/** The gate over a list of documents. */
export function freshness(list: readonly GeneratedDocument[]): Gate {
  return {
    name: "generated documents are fresh",
    check: async (root) => {
      const problems = await Promise.all(list.map((document) => stale(root, document)));
      return { read: list.length, problems: problems.flat() };
    },
  };
}

async function stale(root: string, document: GeneratedDocument): Promise<string[]> {
  const { path, command } = document;
  const file = join(root, path);
  if (!existsSync(file)) return [`${path} is missing; run ${command}`];
  return readFileSync(file, "utf8") === (await document.generate(root)) ? [] : [`${path} is not fresh; run ${command}`];
}
