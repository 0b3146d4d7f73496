// Servers that an earlier run of ours left behind, because it was killed with -9 itself.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { lives } from "./child.js";
import { Trouble } from "./trouble.js";

/** Ends a Postgres that still serves this data directory. */
export async function endPostgres(dir: string): Promise<void> {
  const pid = numberIn(join(dir, "postmaster.pid"));
  if (pid !== undefined && runs(pid, "postgres", dir)) await end(pid, "SIGINT", `Postgres on ${dir}`);
}

/** Ends a nats-server that still serves this store. */
export async function endNats(dir: string): Promise<void> {
  const pid = numberIn(join(dir, "nats.pid"));
  if (pid !== undefined && runs(pid, "nats-server", dir)) await end(pid, "SIGTERM", `nats-server on ${dir}`);
}

/** Ends every server whose data is somewhere below `dir`. */
export async function endOrphans(dir: string): Promise<void> {
  for (const name of readdirSync(dir, { recursive: true, encoding: "utf8" })) {
    const at = join(dir, name);
    if (at.endsWith("/postmaster.pid")) await endPostgres(at.slice(0, -"/postmaster.pid".length));
    if (at.endsWith("/nats.pid")) await endNats(at.slice(0, -"/nats.pid".length));
  }
}

function numberIn(file: string): number | undefined {
  if (!existsSync(file)) return undefined;
  const pid = Number(readFileSync(file, "utf8").split("\n")[0]);
  return Number.isInteger(pid) && pid > 1 ? pid : undefined;
}

/** Whether that process is this program on this directory: the number may long belong to another. */
function runs(pid: number, program: string, dir: string): boolean {
  try {
    const args = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    return args.some((arg) => arg.includes(program)) && args.includes(dir);
  } catch {
    // Gone, or there is no /proc here: then the server itself refuses a directory in use.
    return false;
  }
}

async function end(pid: number, signal: NodeJS.Signals, name: string): Promise<void> {
  process.kill(pid, signal);
  for (const deadline = Date.now() + 30_000; lives(pid); await sleep(50)) {
    if (Date.now() > deadline) throw new Trouble(`An old ${name} (pid ${pid}) does not stop. Kill it.`);
  }
}
