// Gate: a service's domain is pure. No IO, no clock, no chance, nothing asynchronous, no state that is not data.
import { existsSync } from "node:fs";
import { join, posix } from "node:path";
import type { Gate } from "./gate.js";
import { files, imports, isNode, type Node, type Source, source, walk } from "./sources.js";

/** What a domain may import beside the files of its own that are judged with it. */
const pure = /^@pavane\/(kernel|contracts)(\/|$)/;

const banned = new Set(
  (
    "process Promise Map Set WeakMap WeakSet ReadonlyMap ReadonlySet console fetch performance crypto setTimeout " +
    "setInterval setImmediate queueMicrotask globalThis global require eval Function"
  ).split(" "),
);

const asynchronous = new Set(["AwaitExpression", "ImportExpression", "MetaProperty", "YieldExpression"]);

export const purity: Gate = {
  name: "domain purity",
  check: async (root) => {
    const domains = files(root, [".ts"], "services").filter((path) =>
      /^services\/[^/]+\/src\/domain[^/]*(\/.*)?\.ts$/.test(path),
    );
    // The decisions of every saga are the library's.
    const start = [...domains, ...files(root, [".ts"], "libs/saga/src").filter((path) => path.endsWith("/conduct.ts"))];
    const seen = new Map<string, readonly string[]>();
    for (const path of start) judge(root, path, seen);
    return { read: seen.size, problems: [...seen.values()].flat() };
  },
};

/** Judges a file, and every file of the package that it imports: what a domain stands on is domain. */
function judge(root: string, path: string, seen: Map<string, readonly string[]>): void {
  if (seen.has(path)) return;
  const file = source(root, path);
  seen.set(path, [...foreign(file), ...impurities(file)].sort());
  for (const { from } of imports(file)) {
    if (!from.startsWith(".")) continue;
    const below = posix.join(posix.dirname(path), from).replace(/\.js$/, ".ts");
    if (existsSync(join(root, below))) judge(root, below, seen);
  }
}

function foreign(file: Source): string[] {
  return imports(file)
    .filter(({ from }) => !from.startsWith(".") && !pure.test(from))
    .map(
      ({ from, line }) => `${file.path}:${line} imports ${from}: a domain imports only the kernel and the contracts`,
    );
}

function impurities(file: Source): string[] {
  const found: string[] = [];
  walk(file.parsed.program, (node, parent, field) => {
    const what = impurity(node, parent, field);
    if (what !== undefined) found.push(`${file.path}:${file.lineOf(node.start)} ${what}`);
  });
  return found;
}

function impurity(node: Node, parent: Node | undefined, field: string): string | undefined {
  if (node.async === true) return "is asynchronous";
  if (node.type === "ForOfStatement" && node.await === true) return "is asynchronous";
  if (asynchronous.has(node.type)) return `uses ${node.type.replace(/Expression$|Property$/, "").toLowerCase()}`;
  if (node.type === "VariableDeclaration" && node.kind !== "const" && parent?.type === "Program") {
    return "keeps state in the module";
  }
  if (node.type !== "Identifier" || isName(parent, field)) return undefined;
  const name = String(node.name);
  if (banned.has(name)) return `uses ${name}`;
  if (name === "Math" && memberOf(parent) === "random") return "uses Math.random";
  if (name === "Date" && readsClock(parent, field)) return "reads the clock";
  return undefined;
}

/** Whether an identifier only names a field: `state.process`, `{ process: 1 }`, `interface { process: string }`. */
function isName(parent: Node | undefined, field: string): boolean {
  if (!parent || parent.computed === true) return false;
  return (
    (field === "property" && parent.type === "MemberExpression") ||
    (field === "key" && parent.shorthand !== true) ||
    (field === "right" && parent.type === "TSQualifiedName")
  );
}

function memberOf(parent: Node | undefined): string | undefined {
  const property = parent?.type === "MemberExpression" ? parent.property : undefined;
  return isNode(property) ? String(property.name ?? property.value) : undefined;
}

/** `Date.now`, `Date()` and `new Date()`; `new Date(time)` and the type are fine. */
function readsClock(parent: Node | undefined, field: string): boolean {
  if (memberOf(parent) === "now") return true;
  if (field !== "callee" || !parent) return false;
  return parent.type === "CallExpression" || (Array.isArray(parent.arguments) && parent.arguments.length === 0);
}
