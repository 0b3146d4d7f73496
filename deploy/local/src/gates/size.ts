// Gate: a file has at most 300 lines of code, a function at most 40. Comments and blank lines do not count.
import type { Gate } from "./gate.js";
import { type Node, type Source, sources, walk } from "./sources.js";

const most = { file: 300, function: 40 };

const functions = new Set(["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"]);

export const size: Gate = {
  name: "file and function size",
  check: async (root) => {
    const read = sources(root);
    return { read: read.length, problems: read.flatMap(tooLarge) };
  },
};

function tooLarge(file: Source): string[] {
  const code = codeOf(file);
  const problems: string[] = [];
  const lines = count(code);
  if (lines > most.file) problems.push(`${file.path} has ${lines} lines of code; at most ${most.file}`);
  // A test's describe() holds all its cases: there only the file counts.
  if (/(^|\/)test\//.test(file.path)) return problems;
  walk(file.parsed.program, (node, parent) => {
    if (!functions.has(node.type)) return;
    const length = count(code.slice(node.start, node.end));
    if (length <= most.function) return;
    const place = `${file.path}:${file.lineOf(node.start)}`;
    problems.push(`${place} ${nameOf(node, parent)} has ${length} lines of code; at most ${most.function}`);
  });
  return problems;
}

/** The text with every comment blanked, offsets kept. */
function codeOf(file: Source): string {
  let code = file.text;
  for (const { start, end } of file.parsed.comments) {
    const blank = code.slice(start, end).replace(/[^\n]/g, " ");
    code = code.slice(0, start) + blank + code.slice(end);
  }
  return code;
}

function count(code: string): number {
  return code.split("\n").filter((line) => line.trim() !== "").length;
}

function nameOf(node: Node, parent: Node | undefined): string {
  const named = [node.id, parent?.id, parent?.key].find((one) => typeof (one as { name?: unknown })?.name === "string");
  return named ? String((named as { name: unknown }).name) : "a function";
}
