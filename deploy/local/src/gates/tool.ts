// Runs a standard tool of the checkout on a directory.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { root as checkout } from "../paths.js";

/** What a tool said and how it ended. */
export interface Answer {
  readonly code: number;
  /** Standard output and error together, without colours. */
  readonly said: string;
  /** Standard output alone. */
  readonly output: string;
}

/** Runs a tool of node_modules/.bin in `cwd`. */
export function tool(name: string, args: readonly string[], cwd: string): Promise<Answer> {
  return new Promise((done, failed) => {
    const env = { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0" };
    const child = spawn(join(checkout, "node_modules/.bin", name), args, {
      cwd,
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [said, output] = ["", ""];
    child.stdout.on("data", (bytes: Buffer) => {
      said += bytes.toString("utf8");
      output += bytes.toString("utf8");
    });
    child.stderr.on("data", (bytes: Buffer) => {
      said += bytes.toString("utf8");
    });
    child.once("error", failed);
    child.once("close", (code) => done({ code: code ?? 1, said, output }));
  });
}

/** The lines a tool said, for showing as problems; empty when it ended well. */
export function complaints({ code, said }: Answer): string[] {
  if (code === 0) return [];
  const lines = said.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("npm warn"));
  return lines.length > 0 ? lines : [`it ended with ${code}`];
}
