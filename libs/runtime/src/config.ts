// Configuration from the environment: read once, checked whole, every problem reported at once.
import { z } from "zod";
import { CannotStart } from "./trouble.js";

/** Environment variables by name; `.describe()` says what to set one to, and is shown when it is wrong. */
export type Variables = Readonly<Record<string, z.ZodType>>;

/** The values of variables. */
export type Values<Shape extends Variables> = { readonly [Name in keyof Shape]: z.output<Shape[Name]> };

/** A TCP port; 0 lets the system choose. */
export function port() {
  return z.coerce.number().int().min(0).max(65_535);
}

/** A number of seconds, as milliseconds. */
export function seconds() {
  return z.coerce
    .number()
    .positive()
    .transform((value) => value * 1_000);
}

/** A switch: true, false, 1 or 0. */
export function flag() {
  return z.enum(["true", "false", "1", "0"]).transform((value) => value === "true" || value === "1");
}

/** A list separated by commas, without empty items. */
export function list() {
  return z.string().transform((text) =>
    text
      .split(",")
      .map((item) => item.trim())
      .filter((item) => item !== ""),
  );
}

/**
 * Reads the variables; an empty one counts as not set. Throws CannotStart with one line for every problem: the
 * variable, what was found, what is expected.
 */
export function readConfig<Shape extends Variables>(shape: Shape, env: NodeJS.ProcessEnv = process.env): Values<Shape> {
  const found = Object.keys(shape).flatMap((name) => (env[name] ? [[name, env[name]] as const] : []));
  const result = z.object(shape).safeParse(Object.fromEntries(found));
  // A variable that breaks several rules is one problem to a person.
  if (result.success) return Object.freeze(result.data) as Values<Shape>;
  const first = new Map<string, string>();
  for (const { path, message } of result.error.issues) {
    const name = String(path[0]);
    if (!first.has(name)) first.set(name, message);
  }
  const lines = [...first].map(([name, message]) => problem(name, env[name], message, shape[name]?.description));
  throw new CannotStart(`its configuration is wrong:\n${lines.join("\n")}`);
}

function problem(name: string, value: string | undefined, message: string, wanted: string | undefined): string {
  const found = value === undefined || value === "" ? "is not set" : `is ${shown(name, value)}: ${message}`;
  return `  ${name} ${found}.${wanted === undefined ? "" : ` Set it to ${wanted}.`}`;
}

/** A value as it may appear in a log: no secrets, and no credentials of a url. */
function shown(name: string, value: string): string {
  if (/secret|password|token|key/i.test(name)) return "set (not shown)";
  return JSON.stringify(value.replace(/\/\/[^/@\s]*@/, "//…@"));
}
