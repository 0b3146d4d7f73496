// npm test: every gate, then unit, integration and system tests on real servers, coverage, and one line that sums up.
import { rmSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { measureCoverage } from "./coverage.js";
import { startNats } from "./nats.js";
import { obtainGrpcurl } from "./obtain.js";
import { cache } from "./paths.js";
import { type Count, passGates } from "./pass.js";
import { startPostgres } from "./postgres.js";
import { makeRunDirectory } from "./scratch.js";
import { type Kind, kinds, runSuite } from "./suite.js";
import { fail } from "./trouble.js";

const minutes = 60_000;

/** `npm test -- [gates|unit|int|e2e]... [directory, part of a path, or words of a test's name]...` */
async function main(args: readonly string[]): Promise<number> {
  const wanted: readonly string[] = args.filter((arg) => arg === "gates" || isKind(arg));
  const patterns = args.filter((arg) => !wanted.includes(arg));
  const all = args.length === 0;
  const suites = kinds.filter((kind) => wanted.length === 0 || wanted.includes(kind));
  const dir = await makeRunDirectory();
  // On a fresh machine this builds for a minute or two, beside what needs none of it.
  const means = gather(dir, suites);
  const counts: Count[] = [];
  try {
    if (all || wanted.includes("gates")) counts.push(await passGates(patterns.join(" ")));
    for (const kind of suites) counts.push(await runKind(kind, patterns, dir, means));
    if (all) counts.push(await measureCoverage(join(dir, "coverage")));
  } finally {
    await means.servers.then((servers) => servers.stop(), ignored);
    rmSync(dir, { recursive: true, force: true });
  }
  const passed = counts.reduce((sum, count) => sum + count.passed, 0);
  const failed = counts.reduce((sum, count) => sum + count.failed, 0);
  console.log(`\n${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

/** What tests run on, on its way. */
interface Means {
  readonly servers: Promise<Servers>;
  readonly grpcurl: Promise<string | undefined>;
}

interface Servers {
  readonly env: NodeJS.ProcessEnv;
  stop(): Promise<void>;
}

function gather(dir: string, suites: readonly Kind[]): Means {
  const none: Servers = { env: {}, stop: async () => undefined };
  const servers = suites.some((kind) => kind !== "unit") ? startServers(dir) : Promise.resolve(none);
  // Also where Go puts what is installed with it.
  const path = [process.env.PATH ?? "", join(homedir(), "go/bin")].join(delimiter);
  const say = (line: string): void => console.log(line);
  // One after the other: each build takes every core.
  const tool = async (): Promise<string | undefined> => process.env.GRPCURL || obtainGrpcurl({ path, cache, say });
  const grpcurl = suites.includes("e2e") ? servers.then(tool) : Promise.resolve(undefined);
  for (const promise of [servers, grpcurl]) promise.catch(ignored);
  return { servers, grpcurl };
}

async function runKind(kind: Kind, patterns: readonly string[], dir: string, means: Means): Promise<Count> {
  const env = { ...process.env, PAVANE_TEST_DIR: dir, NODE_V8_COVERAGE: join(dir, "coverage") };
  if (kind !== "unit") Object.assign(env, (await means.servers).env);
  if (kind === "e2e") Object.assign(env, { GRPCURL: await means.grpcurl });
  return await runSuite({ kind, patterns, env, dir, limit: 8 * minutes });
}

/** Whoever needs it is told when they wait for it. */
function ignored(): void {}

/** One Postgres and one NATS for all tests of a run, unless the environment names others. */
async function startServers(dir: string): Promise<Servers> {
  const { DATABASE_URL, NATS_URL } = process.env;
  const postgres = DATABASE_URL ? undefined : await startPostgres({ dir: join(dir, "postgres") });
  const nats = NATS_URL ? undefined : await startNats({ dir: join(dir, "nats"), say: console.log });
  return {
    env: { DATABASE_URL: DATABASE_URL || postgres?.url, NATS_URL: NATS_URL || nats?.url },
    stop: async () => {
      await Promise.all([postgres?.stop(), nats?.stop()]);
    },
  };
}

function isKind(arg: string): arg is Kind {
  return (kinds as readonly string[]).includes(arg);
}

// A signal ends the servers with us, by the exit hook of every child.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
main(process.argv.slice(2)).then((code) => process.exit(code), fail);
