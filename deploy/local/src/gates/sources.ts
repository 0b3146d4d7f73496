// The sources that gates read, parsed. Generated code, packages and compiled files are not ours to judge.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type ParseResult, parseSync } from "oxc-parser";

/** A parsed source file. */
export interface Source {
  /** Relative to the root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly parsed: ParseResult;
  /** The line, from 1, of an offset. */
  lineOf(offset: number): number;
}

const skipped = new Set(["node_modules", "dist", "gen", "coverage", ".git", ".pavane"]);

/** The paths of all files below `root` that end so, relative to it. */
export function files(root: string, endings: readonly string[], below = ""): string[] {
  if (!existsSync(join(root, below))) return [];
  return readdirSync(join(root, below), { withFileTypes: true }).flatMap((entry) => {
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) return skipped.has(entry.name) ? [] : files(root, endings, path);
    return endings.some((ending) => entry.name.endsWith(ending)) ? [path] : [];
  });
}

/** Parses one file; throws when it is not TypeScript. */
export function source(root: string, path: string): Source {
  const text = readFileSync(join(root, path), "utf8");
  const parsed = parseSync(path, text);
  const wrong = parsed.errors[0];
  if (wrong) throw new Error(`${path} does not parse: ${wrong.message}`);
  return { path, text, parsed, lineOf: (offset) => text.slice(0, offset).split("\n").length };
}

/** All TypeScript of the checkout, parsed. */
export function sources(root: string): Source[] {
  return files(root, [".ts"]).map((path) => source(root, path));
}

/** A node of the syntax tree (ESTree). */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

/** Visits every node below a value of the tree, with the node above it and the field it hangs on. */
export function walk(
  value: unknown,
  visit: (node: Node, parent: Node | undefined, field: string) => void,
  parent?: Node,
  field = "",
): void {
  if (Array.isArray(value)) {
    for (const item of value) walk(item, visit, parent, field);
  } else if (isNode(value)) {
    visit(value, parent, field);
    for (const [name, below] of Object.entries(value)) walk(below, visit, value, name);
  }
}

/** Whether a value of the tree is a node. */
export function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string";
}

/** A module that a file imports, also by a dynamic import of a fixed name. */
export interface Import {
  readonly from: string;
  readonly line: number;
}

/** All imports and re-exports of a file. */
export function imports(file: Source): Import[] {
  const { module } = file.parsed;
  const found = (from: string, offset: number) => ({ from, line: file.lineOf(offset) });
  return [
    ...module.staticImports.map(({ moduleRequest, start }) => found(moduleRequest.value, start)),
    ...module.staticExports
      .flatMap(({ entries }) => entries)
      .flatMap(({ moduleRequest, start }) => (moduleRequest ? [found(moduleRequest.value, start)] : [])),
    ...module.dynamicImports.map(({ moduleRequest: { start, end } }) => {
      return found(file.text.slice(start + 1, end - 1), start);
    }),
  ];
}
