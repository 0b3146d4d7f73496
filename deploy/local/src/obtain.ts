// Finds a nats-server, or gets one: nothing need be installed by hand. And grpcurl, for the tests.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import {
  accessSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { constants as os, homedir, setPriority } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { Trouble } from "./trouble.js";

/** The release that is fetched or built when the machine has no nats-server. */
export const natsVersion = "2.15.2";
const grpcurlVersion = "1.9.4";

const run = promisify(execFile);

/** What the search may use; tests narrow it. */
export interface Means {
  /** The PATH to search. */
  readonly path: string;
  /** Where a fetched or built server is kept. */
  readonly cache: string;
  /** Where releases are published. */
  readonly releases: string;
  /** Told what takes long. */
  say(line: string): void;
}

/** The official place of releases. */
export const officialReleases = "https://github.com/nats-io/nats-server/releases/download";

type Way = readonly [name: string, get: (means: Means) => Promise<string>];

const ways: readonly Way[] = [
  ["on PATH", async (means) => find("nats-server", means.path)],
  ["in the cache", async (means) => executable(cached(means))],
  ["the official release", download],
  ["go install", build],
  ["the system's package manager", install],
];

/** The path of a nats-server: on PATH, from our cache, the official release, Go, or the system's packages, in this order. */
export async function obtainNats(means: Means): Promise<string> {
  const failures: string[] = [];
  for (const [name, get] of ways) {
    try {
      return await get(means);
    } catch (error) {
      failures.push(`  ${name}: ${reason(error)}`);
    }
  }
  throw new Trouble(
    `There is no nats-server, and none could be had:\n${failures.join("\n")}\n` +
      `Install nats-server ${natsVersion} so that it is on PATH (https://docs.nats.io/running-a-nats-service/introduction/installation), ` +
      "or set NATS_URL to a server with JetStream that runs already.",
  );
}

/** The path of a grpcurl: on PATH, in Go's own place, from our cache, or built by Go; undefined when it is not to be had. */
export async function obtainGrpcurl(means: Pick<Means, "path" | "cache" | "say">): Promise<string | undefined> {
  const path = [means.path, join(homedir(), "go/bin")].join(delimiter);
  const tool = join(means.cache, `grpcurl-${grpcurlVersion}`);
  try {
    return find("grpcurl", path);
  } catch {
    if (existsSync(tool)) return tool;
  }
  try {
    const go = find("go", means.path);
    means.say(`building grpcurl ${grpcurlVersion} with Go, once; this takes about a minute`);
    return await keep(tool, (dir) =>
      goInstall(go, dir, `github.com/fullstorydev/grpcurl/cmd/grpcurl@v${grpcurlVersion}`),
    );
  } catch {
    return undefined;
  }
}

function cached(means: Means): string {
  return join(means.cache, `nats-server-${natsVersion}`);
}

function executable(file: string): string {
  accessSync(file, constants.X_OK);
  return file;
}

function find(name: string, path: string): string {
  const at = path
    .split(delimiter)
    .map((dir) => join(dir, name))
    .find((file) => existsSync(file));
  if (at === undefined) throw new Error("not found");
  return executable(at);
}

async function download(means: Means): Promise<string> {
  const platform = process.platform;
  const arch = process.arch === "x64" ? "amd64" : process.arch;
  const name = `nats-server-v${natsVersion}-${platform}-${arch}`;
  const base = `${means.releases}/v${natsVersion}`;
  // The list of sums comes first and small: where there is no way to it, this fails within seconds.
  const sums = (await fetched(`${base}/SHA256SUMS`, 5_000)).toString("utf8");
  const expected = sums
    .split("\n")
    .find((line) => line.trim().endsWith(`${name}.tar.gz`))
    ?.split(/\s+/)[0];
  if (expected === undefined) throw new Error(`the release has no ${name}`);
  means.say(`fetching nats-server ${natsVersion}, once`);
  const archive = await fetched(`${base}/${name}.tar.gz`, 120_000);
  const found = createHash("sha256").update(archive).digest("hex");
  if (found !== expected) throw new Error(`the sha256 of ${name}.tar.gz is ${found}, not ${expected} as published`);
  return await keep(cached(means), async (dir) => {
    writeFileSync(join(dir, "archive.tar.gz"), archive);
    await run("tar", ["-xzf", "archive.tar.gz"], { cwd: dir });
    return join(dir, name, "nats-server");
  });
}

async function fetched(url: string, timeout: number): Promise<Buffer> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(timeout) });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  return Buffer.from(await answer.arrayBuffer());
}

async function build(means: Means): Promise<string> {
  const go = find("go", means.path);
  means.say(`building nats-server ${natsVersion} with Go, once; this takes about a minute`);
  return await keep(cached(means), (dir) => goInstall(go, dir, `github.com/nats-io/nats-server/v2@v${natsVersion}`));
}

async function goInstall(go: string, dir: string, module: string): Promise<string> {
  const building = run(go, ["install", module], { env: { ...process.env, GOBIN: dir }, timeout: 600_000 });
  const { pid } = building.child;
  // Whatever goes on beside it, tests of time above all, comes first.
  if (pid !== undefined) setPriority(pid, os.priority.PRIORITY_LOW);
  await building;
  return join(dir, basename(module.replace(/(\/v\d+)?@.*$/, "")));
}

const managers = [
  { command: "apt-get", root: true, steps: [["update"], ["install", "-y", "--no-install-recommends", "nats-server"]] },
  { command: "apk", root: true, steps: [["add", "nats-server"]] },
  { command: "brew", root: false, steps: [["install", "nats-server"]] },
];

async function install(means: Means): Promise<string> {
  const amRoot = process.getuid?.() === 0;
  const manager = managers.find(({ command, root }) => {
    return root === amRoot && means.path.split(delimiter).some((dir) => existsSync(join(dir, command)));
  });
  if (!manager) throw new Error(amRoot ? "neither apt-get nor apk is here" : "needs root, or brew");
  means.say(`installing nats-server with ${manager.command}, once`);
  // Packages may start a server of their own on the standard port, which would be in somebody's way.
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
  for (const step of manager.steps) await run(manager.command, step, { env, timeout: 300_000 });
  return find("nats-server", `${means.path}${delimiter}/usr/sbin${delimiter}/usr/bin`);
}

/** Puts what `make` leaves into the cache in one move, so that a crash or a second run never sees half of it. */
async function keep(at: string, make: (dir: string) => Promise<string>): Promise<string> {
  mkdirSync(dirname(at), { recursive: true });
  const dir = mkdtempSync(join(dirname(at), "new-"));
  try {
    const made = await make(dir);
    const ready = join(dir, "ready");
    cpSync(made, ready);
    renameSync(ready, at);
    return executable(at);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function reason(error: unknown): string {
  const { code, message, cause } = error as NodeJS.ErrnoException & { cause?: { code?: string } };
  if (code === "ENOENT") return "not found";
  return [message.trim().split("\n").slice(0, 3).join(" "), cause?.code].filter(Boolean).join(" ");
}
