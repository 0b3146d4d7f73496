// CPU seconds by process, from Linux's /proc: the services, all of Postgres, the nats-server, and what makes the load.
import { readdirSync, readFileSync } from "node:fs";
import { Client } from "pg";
import type { StackState } from "../state.js";

/** CPU seconds used since each process began, by its name; a process that cannot be seen from here is missing. */
export type CpuSeconds = Readonly<Record<string, number>>;

/** Reads what has been used so far. `load` is the process that makes the load, where it is not this one. */
export type CpuMeter = (load?: number) => CpuSeconds;

/** Clock ticks in a second: USER_HZ, the same on every Linux. */
const ticks = 100;

/** What a line of /proc/<pid>/stat tells: the parent, and seconds used by the process and by its children that ended. */
export interface Stat {
  readonly parent: number;
  readonly own: number;
  readonly reaped: number;
}

/** Reads a line of /proc/<pid>/stat. The name in it may hold spaces and brackets. */
export function parseStat(line: string): Stat {
  const [, parent, ...rest] = line.slice(line.lastIndexOf(")") + 2).split(" ");
  const [user = 0, system = 0, childUser = 0, childSystem = 0] = rest.slice(9, 13).map(Number);
  return { parent: Number(parent), own: (user + system) / ticks, reaped: (childUser + childSystem) / ticks };
}

/** Finds the processes of a running system; undefined where there is no /proc. */
export async function cpuMeter(state: StackState): Promise<CpuMeter | undefined> {
  if (statOf(process.pid) === undefined) return undefined;
  const postmaster = await findPostmaster(state.postgres);
  const nats = findNats(new URL(state.nats).port);
  const services = Object.entries(state.services).map(([name, { replicas }]) => ({
    name,
    pids: replicas.map(({ pid }) => pid),
  }));
  return (load) => {
    const used: Record<string, number> = {};
    for (const { name, pids } of services) used[name] = total(pids);
    if (postmaster !== undefined) used["postgres"] = withChildren(postmaster);
    if (nats !== undefined) used["nats-server"] = total([nats]);
    const here = statOf(process.pid);
    // The load's process counts as ours once it has ended and was waited for.
    used["client"] = (here?.own ?? 0) + (here?.reaped ?? 0) + total(load === undefined ? [] : [load]);
    return used;
  };
}

function total(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + (statOf(pid)?.own ?? 0), 0);
}

/** Backends come and go: those that ended are in the postmaster's own line. */
function withChildren(postmaster: number): number {
  const own = statOf(postmaster);
  const children = allPids()
    .map(statOf)
    .filter((stat) => stat?.parent === postmaster);
  return (own?.own ?? 0) + (own?.reaped ?? 0) + children.reduce((sum, stat) => sum + (stat?.own ?? 0), 0);
}

function statOf(pid: number): Stat | undefined {
  const line = read(pid, "stat");
  return line === undefined ? undefined : parseStat(line);
}

async function findPostmaster(url: string): Promise<number | undefined> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
    const pid = rows[0]?.pid ?? 0;
    // A Postgres of another machine or container has other process ids.
    return read(pid, "comm")?.startsWith("postgres") ? statOf(pid)?.parent : undefined;
  } finally {
    await client.end();
  }
}

function findNats(port: string): number | undefined {
  return allPids().find((pid) => {
    const [program = "", ...args] = read(pid, "cmdline")?.split("\0") ?? [];
    // One that we fetched carries its version in its name.
    return /\/?nats-server[^/]*$/.test(program) && args.includes(port);
  });
}

function allPids(): number[] {
  return readdirSync("/proc").map(Number).filter(Number.isInteger);
}

function read(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return undefined;
  }
}
