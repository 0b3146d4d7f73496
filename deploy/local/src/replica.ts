// One process of a service: started, waited for, ended, and started again at the same address.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Child, launch } from "./child.js";
import { root } from "./paths.js";
import type { ReplicaState } from "./state.js";
import { Trouble } from "./trouble.js";

/** Where a process listens. */
export interface Ports {
  readonly grpc: number;
  readonly admin: number;
  readonly http: number | undefined;
}

/** What a process is started with. */
export interface ReplicaOptions {
  readonly service: string;
  /** From 0. */
  readonly index: number;
  readonly ports: Ports;
  readonly env: Readonly<Record<string, string>>;
  /** Of Node. */
  readonly flags: readonly string[];
  /** The directory of logs. */
  readonly logs: string;
  /** Told when it ends without having been asked to. */
  readonly onCrash: (message: string) => void;
}

const startDeadline = 90_000;

/** A batch's rows live until its commit: with V8's 16 MiB for the young they would be copied as if they were old. */
const nodeFlags = ["--enable-source-maps", "--max-semi-space-size=64"];

/** One process of a service, over all the times it is started. */
export class Replica {
  readonly #options: ReplicaOptions;
  readonly #log: string;
  #child: Child | undefined;

  constructor(options: ReplicaOptions) {
    this.#options = options;
    const { service, index, logs } = options;
    this.#log = join(logs, `${service}${index === 0 ? "" : `-${index}`}.log`);
    rmSync(this.#log, { force: true });
  }

  get name(): string {
    const { service, index } = this.#options;
    return index === 0 ? service : `${service} ${index}`;
  }

  get state(): ReplicaState {
    const { grpc, admin, http } = this.#options.ports;
    return {
      pid: this.#child?.pid ?? 0,
      grpc: `127.0.0.1:${grpc}`,
      admin: `http://127.0.0.1:${admin}`,
      ...(http === undefined ? {} : { http: `http://127.0.0.1:${http}` }),
      log: this.#log,
    };
  }

  /** Starts the process and waits until it is ready. */
  async start(): Promise<void> {
    if (this.#child?.running()) return;
    const { service, ports, env, flags } = this.#options;
    const child = await launch({
      command: process.execPath,
      args: [...nodeFlags, ...flags, join(root, "services", service, "dist/src/main.js")],
      log: this.#log,
      cwd: root,
      channel: true,
      env: {
        ...process.env,
        ...env,
        GRPC_PORT: String(ports.grpc),
        ADMIN_PORT: String(ports.admin),
        ...(ports.http === undefined ? {} : { HTTP_PORT: String(ports.http) }),
      },
    });
    this.#child = child;
    void child.exited.then(({ code, signal }) => {
      if (this.#child !== child) return;
      this.#options.onCrash(
        `${this.name} ended (${signal ?? `exit code ${code}`}). Its log, ${this.#log}:\n${spoken(child.tail(5))}`,
      );
    });
    await this.#ready(child);
  }

  /** SIGTERM, and waits. Answers false when it had to be killed. */
  async stop(): Promise<boolean> {
    const child = this.#release();
    return child === undefined || (await child.stop());
  }

  /** kill -9. */
  async kill(): Promise<void> {
    await this.#release()?.kill();
  }

  #release(): Child | undefined {
    const child = this.#child;
    this.#child = undefined;
    return child;
  }

  async #ready(child: Child): Promise<void> {
    for (const deadline = Date.now() + startDeadline; Date.now() < deadline; await sleep(50)) {
      if (!child.running()) break;
      if (await answersReady(this.state.admin)) return;
    }
    const end = child.running() ? `is not ready after ${startDeadline / 1000} s` : "did not start";
    throw new Trouble(`${this.name} ${end}. Its log, ${this.#log}, ends with:\n${spoken(child.tail(6))}`);
  }
}

async function answersReady(admin: string): Promise<boolean> {
  try {
    const answer = await fetch(`${admin}/readyz`, { signal: AbortSignal.timeout(3_000) });
    await answer.arrayBuffer();
    return answer.status === 200;
  } catch {
    return false;
  }
}

/** Log lines for people: JSON by its level, message and error. */
function spoken(lines: string): string {
  const speak = (line: string) => {
    try {
      const { level, msg, err } = JSON.parse(line) as { level?: string; msg?: string; err?: { stack?: string } };
      return [`  ${level}: ${msg}`, ...(err?.stack?.split("\n").slice(0, 3) ?? [])].join("\n    ");
    } catch {
      return `  ${line}`;
    }
  };
  return lines.split("\n").map(speak).join("\n");
}
