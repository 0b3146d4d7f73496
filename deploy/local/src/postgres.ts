// A real PostgreSQL of our own: made on first start, kept across starts, stopped and killed at will.
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { type Child, launch } from "./child.js";
import { type Cluster, ensureCluster } from "./cluster.js";
import { endPostgres } from "./orphan.js";
import { freePort } from "./port.js";
import { Trouble } from "./trouble.js";

/** A running Postgres. Start one again on the same `dir` and `port` after stop() or kill(). */
export interface Postgres {
  /** Of the superuser, to the database "postgres". */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly dir: string;
  /** Fast shutdown: sessions are ended, everything is written. */
  stop(): Promise<void>;
  /** kill -9: the next start recovers. */
  kill(): Promise<void>;
}

/** Where the data is, and which port to take (any free one by default). */
export interface PostgresOptions {
  readonly dir: string;
  readonly port?: number;
  /** The server's log; `<dir>.log` by default. */
  readonly log?: string;
  /** Settings of postgresql.conf beyond ours. */
  readonly settings?: Readonly<Record<string, string>>;
}

const settings = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  max_connections: "500",
  shared_buffers: "256MB",
  max_wal_size: "2GB",
  checkpoint_timeout: "15min",
  fsync: "on",
  // Small machines have little /dev/shm, and our statements gain nothing from parallel workers.
  max_parallel_workers_per_gather: "0",
  jit: "off",
  log_line_prefix: "%m [%p] %d %a ",
  log_min_duration_statement: "1000",
  log_lock_waits: "on",
  track_io_timing: "on",
};

/** Starts the Postgres in `dir`, making it first if need be, and resolves when it answers a query. */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const cluster = await ensureCluster(options.dir);
  await endPostgres(cluster.dir);
  const port = options.port ?? (await freePort());
  const url = `postgres://postgres:${cluster.password}@127.0.0.1:${port}/postgres`;
  const child = await serve(cluster, port, options, url);
  return {
    url,
    port,
    pid: child.pid,
    dir: cluster.dir,
    stop: async () => {
      await child.stop();
    },
    kill: () => child.kill(),
  };
}

async function serve(cluster: Cluster, port: number, options: PostgresOptions, url: string): Promise<Child> {
  const flags = Object.entries({ ...settings, ...options.settings }).flatMap(([name, value]) => [
    "-c",
    `${name}=${value}`,
  ]);
  for (let attempt = 1; ; attempt += 1) {
    const child = await launch({
      command: join(cluster.bin, "postgres"),
      args: ["-D", cluster.dir, "-p", String(port), ...flags],
      log: options.log ?? `${options.dir}.log`,
      cwd: "/",
      env: { ...process.env, LC_ALL: "C", TZ: "UTC" },
      polite: "SIGINT",
      ...cluster.account,
    });
    if (await answers(child, url)) return child;
    const said = child.tail(8);
    // After kill -9 the old server's last sessions need a moment to notice.
    if (attempt < 40 && /shared memory block|lock file "postmaster.pid" already exists/.test(said)) {
      await sleep(250);
      continue;
    }
    throw new Trouble(`Postgres did not start in ${cluster.dir} on port ${port}. Its log ends with:\n${said}`);
  }
}

async function answers(child: Child, url: string): Promise<boolean> {
  for (const deadline = Date.now() + 120_000; Date.now() < deadline; await sleep(40)) {
    if (!child.running()) return false;
    const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
    client.on("error", () => undefined);
    try {
      await client.connect();
      await client.query("select 1");
      return true;
    } catch {
      // Not yet: starting, or recovering from a crash.
    } finally {
      await client.end().catch(() => undefined);
    }
  }
  await child.stop();
  return false;
}
