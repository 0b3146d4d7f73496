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
import { constants as os, setPriority } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { Trouble } from "./trouble.js";

/** The release that is fetched or built when the machine has no nats-server. */
export const natsVersion = "2.15.2";

interface Tool {
  readonly name: string;
  readonly version: string;
  /** The Go module that builds it. */
  readonly module: string;
}

const nats: Tool = { name: "nats-server", version: natsVersion, module: "github.com/nats-io/nats-server/v2" };
const grpcurl: Tool = { name: "grpcurl", version: "1.9.4", module: "github.com/fullstorydev/grpcurl/cmd/grpcurl" };

const run = promisify(execFile);

/** Where to look. */
export interface Places {
  /** The PATH to search. */
  readonly path: string;
  /** Where what was fetched or built is kept. */
  readonly cache: string;
  /** Told what takes long. */
  say(line: string): void;
}

/** What the search for a nats-server may use; tests narrow it. */
export interface Means extends Places {
  /** Where releases are published. */
  readonly releases: string;
}

/** The official place of releases. */
export const officialReleases = "https://github.com/nats-io/nats-server/releases/download";

type Way<M> = readonly [name: string, get: (means: M) => Promise<string>];

const here = (tool: Tool): readonly Way<Places>[] => [
  ["on PATH", async ({ path }) => find(tool.name, path)],
  ["in the cache", async (means) => executable(cached(tool, means))],
];

const built = (tool: Tool): Way<Places> => ["go install", (means) => build(tool, means)];

/** The path of a nats-server: on PATH, from our cache, the official release, Go, or the system's packages, in this order. */
export async function obtainNats(means: Means): Promise<string> {
  const ways: readonly Way<Means>[] = [
    ...here(nats),
    ["the official release", download],
    built(nats),
    ["the system's package manager", install],
  ];
  const found = await firstOf(ways, means);
  if (typeof found === "string") return found;
  throw new Trouble(
    `There is no nats-server, and none could be had:\n${found.join("\n")}\n` +
      `Install nats-server ${natsVersion} so that it is on PATH (https://docs.nats.io/running-a-nats-service/introduction/installation), ` +
      "or set NATS_URL to a server with JetStream that runs already.",
  );
}

/** The path of a grpcurl: on PATH, from our cache, or built by Go; undefined when it is not to be had. */
export async function obtainGrpcurl(places: Places): Promise<string | undefined> {
  const found = await firstOf([...here(grpcurl), built(grpcurl)], places);
  return typeof found === "string" ? found : undefined;
}

/** What the first way that works gives, or why each does not. */
async function firstOf<M>(ways: readonly Way<M>[], means: M): Promise<string | readonly string[]> {
  const failures: string[] = [];
  for (const [name, get] of ways) {
    try {
      return await get(means);
    } catch (error) {
      failures.push(`  ${name}: ${reason(error)}`);
    }
  }
  return failures;
}

function cached({ name, version }: Tool, { cache }: Places): string {
  return join(cache, `${name}-${version}`);
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
  return await keep(cached(nats, means), async (dir) => {
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

async function build(tool: Tool, places: Places): Promise<string> {
  const { name, version, module } = tool;
  const go = find("go", places.path);
  places.say(`building ${name} ${version} with Go, once; this takes about a minute`);
  return await keep(cached(tool, places), async (dir) => {
    const env = { ...process.env, GOBIN: dir };
    const building = run(go, ["install", `${module}@v${version}`], { env, timeout: 600_000 });
    const { pid } = building.child;
    // Whatever goes on beside it, tests of time above all, comes first.
    if (pid !== undefined) setPriority(pid, os.priority.PRIORITY_LOW);
    await building;
    return join(dir, name);
  });
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
  // What Go downloads hides why it failed.
  const lines = message
    .trim()
    .split("\n")
    .filter((line) => !line.startsWith("go: downloading"));
  return [lines.slice(0, 3).join(" "), cause?.code].filter(Boolean).join(" ");
}
