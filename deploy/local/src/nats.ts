// A real nats-server with JetStream of our own: file storage kept across starts, stopped and killed at will.
import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Child, launch } from "./child.js";
import { obtainNats, officialReleases } from "./obtain.js";
import { endNats } from "./orphan.js";
import { cache } from "./paths.js";
import { freePort } from "./port.js";
import { Trouble } from "./trouble.js";

/** A running nats-server. Start one again on the same `dir` and `port` after stop() or kill(). */
export interface Nats {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly dir: string;
  /** What the server says it is, for example 2.15.2. */
  readonly version: string;
  /** Orderly shutdown. */
  stop(): Promise<void>;
  /** kill -9. */
  kill(): Promise<void>;
}

/** Where streams are stored, and which port to take (any free one by default). */
export interface NatsOptions {
  readonly dir: string;
  readonly port?: number;
  /** The server's log; `<dir>.log` by default. */
  readonly log?: string;
  /** The nats-server to run; found or fetched by default. */
  readonly binary?: string;
  readonly say?: (line: string) => void;
}

/** Starts a nats-server on `dir` and resolves when it greets and its JetStream is on. */
export async function startNats(options: NatsOptions): Promise<Nats> {
  const { dir } = options;
  const say = options.say ?? (() => undefined);
  const path = process.env.PATH ?? "";
  const binary = options.binary ?? (await obtainNats({ path, cache, releases: officialReleases, say }));
  mkdirSync(dir, { recursive: true });
  await endNats(dir);
  const port = options.port ?? (await freePort());
  const name = `pavane-${randomUUID().slice(0, 8)}`;
  const child = await launch({
    command: binary,
    args: ["-a", "127.0.0.1", "-p", String(port), "-n", name, "-js", "-sd", dir, "-P", join(dir, "nats.pid")],
    log: options.log ?? `${dir}.log`,
  });
  const version = await greeting(child, port, name);
  return {
    url: `nats://127.0.0.1:${port}`,
    port,
    pid: child.pid,
    dir,
    version,
    stop: async () => {
      await child.stop();
    },
    kill: () => child.kill(),
  };
}

async function greeting(child: Child, port: number, name: string): Promise<string> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline && child.running(); await sleep(30)) {
    const info = await greets(port);
    // Another program's server can answer on this port while ours fails to take it.
    if (info?.jetstream === true && info.server_name === name) return info.version;
  }
  const said = child.tail(8);
  if (child.running()) await child.stop();
  throw new Trouble(`nats-server did not start on port ${port}. Its log ends with:\n${said}`);
}

interface Info {
  readonly version: string;
  readonly server_name: string;
  readonly jetstream?: boolean;
}

/** The INFO line with which a server greets; undefined when there is none. */
export function greets(port: number, host = "127.0.0.1"): Promise<Info | undefined> {
  return new Promise((done) => {
    const socket = connect(port, host);
    const end = (info?: Info) => {
      socket.destroy();
      done(info);
    };
    let heard = "";
    socket.setTimeout(1_000, () => end());
    socket.once("error", () => end());
    socket.once("close", () => end());
    socket.on("data", (bytes) => {
      heard += bytes.toString("utf8");
      const line = /^INFO (\{.*\})\s*\r?\n/.exec(heard)?.[1];
      if (line !== undefined) end(JSON.parse(line) as Info);
    });
  });
}
