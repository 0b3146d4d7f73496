// A small checkout in a temporary directory, for a gate to judge.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gates, judge } from "@pavane/local";

const made: string[] = [];

/** Writes the files, by their paths, into a fresh directory and answers it. */
export function checkout(files: Readonly<Record<string, string>>): string {
  const dir = mkdtempSync(join(tmpdir(), "pavane-gate-"));
  made.push(dir);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
  return dir;
}

/** Removes every directory that was made. */
export function cleanUp(): void {
  for (const dir of made.splice(0)) rmSync(dir, { recursive: true, force: true });
}

/** What the gate of that name says about these files; empty when it is passed. */
export function problems(name: string, files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const gate = gates.find((one) => one.name === name);
  if (!gate) throw new Error(`there is no gate "${name}", only ${gates.map((one) => one.name).join(", ")}`);
  return judge(gate, checkout(files));
}
