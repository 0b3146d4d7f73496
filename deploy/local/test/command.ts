// The commands as processes of their own, as npm runs them once all is built.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** How a command ended and what it printed. */
export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs a command to its end, without a terminal. */
export function runCommand(name: string, args: readonly string[]): Promise<Ended> {
  return new Promise((done) => {
    const file = fileURLToPath(new URL(`../src/${name}.js`, import.meta.url));
    const child = spawn(process.execPath, [file, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    let [out, err] = ["", ""];
    child.stdout.on("data", (bytes: Buffer) => (out += bytes.toString()));
    child.stderr.on("data", (bytes: Buffer) => (err += bytes.toString()));
    child.once("close", (code) => done({ code, out, err }));
  });
}

/** What was printed, read as one JSON object a line. */
export function lines(text: string): Record<string, unknown>[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
