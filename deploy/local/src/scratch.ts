// Directories for tests: one for each run, removed at its end, and by the next run when it was killed.
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { open } from "./account.js";
import { lives } from "./child.js";
import { elsewhere } from "./cluster.js";
import { endOrphans } from "./orphan.js";
import { kept } from "./paths.js";

/** Makes the directory of this run of a kind, and removes what killed runs of it left behind, servers included. */
export async function makeRunDirectory(kind: "test" | "bench" = "test"): Promise<string> {
  mkdirSync(kept, { recursive: true });
  const base = open(kept) ? kept : elsewhere;
  mkdirSync(base, { recursive: true });
  for (const name of readdirSync(base)) {
    const [, of, pid] = /^([a-z]+)-(\d+)$/.exec(name) ?? [];
    if (of !== kind || lives(Number(pid))) continue;
    await endOrphans(join(base, name));
    rmSync(join(base, name), { recursive: true, force: true });
  }
  const dir = join(base, `${kind}-${process.pid}`);
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir);
  return dir;
}

/** A fresh directory for one test, of this run where `npm test` started it; servers of any account can be run in it. */
export function scratch(): string {
  const dir = mkdtempSync(join(process.env.PAVANE_TEST_DIR ?? tmpdir(), "scratch-"));
  chmodSync(dir, 0o755);
  return dir;
}
