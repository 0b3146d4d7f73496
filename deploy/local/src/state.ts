// Where a running stack is: .pavane/stack.json, which the other commands read.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { lives } from "./child.js";
import { kept } from "./paths.js";
import { Trouble } from "./trouble.js";

/** One process of a service. */
export interface ReplicaState {
  readonly pid: number;
  /** host:port of its gRPC server. */
  readonly grpc: string;
  /** The url of its /livez, /readyz and /metrics. */
  readonly admin: string;
  /** The url of its HTTP server, where it has one. */
  readonly http?: string;
  readonly log: string;
}

/** A service's database and processes. */
export interface ServiceState {
  /** Of its own role to its own database. */
  readonly databaseUrl: string;
  readonly replicas: readonly ReplicaState[];
}

/** A running stack. It holds passwords of local databases: the file is for its owner alone. */
export interface StackState {
  /** The process that started it and ends it. */
  readonly pid: number;
  readonly started: string;
  readonly namespace: string;
  /** Of a superuser. */
  readonly postgres: string;
  readonly nats: string;
  readonly services: Readonly<Record<string, ServiceState>>;
}

const fileIn = (dir: string) => join(dir, "stack.json");

/** Keeps the state for others, in one move. */
export function writeState(state: StackState, dir = kept): void {
  mkdirSync(dir, { recursive: true });
  const fresh = `${fileIn(dir)}.new`;
  writeFileSync(fresh, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  renameSync(fresh, fileIn(dir));
  writeFileSync(join(dir, "env"), environment(state));
}

/** The addresses for a shell: `. .pavane/env` sets ORDER_ADDRESS and its like. */
function environment({ services }: StackState): string {
  const lines = Object.entries(services).flatMap(([name, { replicas }]) =>
    replicas.slice(0, 1).flatMap(({ grpc, http }) => {
      const address = http ?? grpc;
      return address === "" ? [] : [`export ${name.toUpperCase()}_ADDRESS=${address}`];
    }),
  );
  return `${lines.join("\n")}\n`;
}

/** Forgets the state: nothing runs any more. */
export function removeState(dir = kept): void {
  rmSync(fileIn(dir), { force: true });
  rmSync(join(dir, "env"), { force: true });
}

/** The stack that runs from this checkout; undefined when none does. */
export function findState(dir = kept): StackState | undefined {
  let text: string;
  try {
    text = readFileSync(fileIn(dir), "utf8");
  } catch {
    return undefined;
  }
  const state = JSON.parse(text) as StackState;
  return lives(state.pid) ? state : undefined;
}

/** The stack that runs from this checkout, or Trouble that says how to start it. */
export function requireState(dir = kept): StackState {
  const state = findState(dir);
  if (state) return state;
  throw new Trouble("Nothing runs here. Start it in another terminal with: npm start");
}
