// Gates that are standard tools: format, lint, types, unused code, protos.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Gate } from "./gate.js";
import { files } from "./sources.js";
import { complaints, tool } from "./tool.js";

export const format: Gate = {
  name: "format (biome)",
  check: async (root) => {
    const answer = await tool("biome", ["format", "--max-diagnostics=20", "."], root);
    return { read: number(/Checked (\d+) files?/, answer.said), problems: complaints(answer) };
  },
};

export const lint: Gate = {
  name: "lint, with floating promises (oxlint)",
  check: async (root) => {
    const answer = await tool("oxlint", ["--type-aware", "--deny-warnings", "--format=json", "."], root);
    if (!answer.output.trimStart().startsWith("{")) return { read: 0, problems: complaints(answer) };
    const { diagnostics, number_of_files: read } = JSON.parse(answer.output) as Linted;
    return { read, problems: diagnostics.map(found) };
  },
};

/** What oxlint says in JSON. */
interface Linted {
  readonly number_of_files: number;
  readonly diagnostics: readonly Diagnostic[];
}

interface Diagnostic {
  readonly message: string;
  readonly code: string;
  readonly filename: string;
  readonly labels: readonly { readonly span: { readonly line: number } }[];
}

function found({ filename, labels, code, message }: Diagnostic): string {
  return `${filename}:${labels[0]?.span.line ?? 1} ${code}: ${message}`;
}

export const types: Gate = {
  name: "strict types (tsc)",
  check: async (root) => {
    const answer = await tool("tsc", ["-b", "--pretty", "false"], root);
    const { references = [] } = JSON.parse(readFileSync(join(root, "tsconfig.json"), "utf8")) as {
      references?: unknown[];
    };
    return { read: references.length, problems: complaints(answer) };
  },
};

export const unused: Gate = {
  name: "unused exports and dependencies (knip)",
  check: async (root) => {
    const answer = await tool("knip", ["--no-progress", "--no-config-hints"], root);
    return { read: files(root, [".ts"]).length, problems: complaints(answer) };
  },
};

export const protos: Gate = {
  name: "protos (buf lint)",
  check: async (root) => {
    const dir = join(root, "proto");
    const read = existsSync(dir) ? files(dir, [".proto"]).length : 0;
    return { read, problems: read === 0 ? [] : complaints(await tool("buf", ["lint"], dir)) };
  },
};

export const breaking: Gate = {
  name: "no breaking change of the protos (buf breaking)",
  check: async (root) => {
    const dir = join(root, "proto");
    const baseline = join(dir, "baseline.binpb");
    if (!existsSync(baseline)) {
      return { read: 1, problems: [`${baseline} is missing: what was promised cannot be compared`] };
    }
    const args = ["breaking", "--against", "baseline.binpb"];
    return { read: files(dir, [".proto"]).length, problems: complaints(await tool("buf", args, dir)) };
  },
};

function number(pattern: RegExp, text: string): number {
  return Number(pattern.exec(text)?.[1] ?? 0);
}
