// Runs the compiled tests of one kind in mocha, each kind in a process of its own.
import { spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { files } from "./gates/sources.js";
import type { Count } from "./pass.js";
import { root } from "./paths.js";

/** The kinds of tests, in the order in which they run. */
export const kinds = ["unit", "int", "e2e"] as const;
/** A kind of test, which is also the end of its files' names. */
export type Kind = (typeof kinds)[number];

/** What to run and where its results go. */
export interface Suite {
  readonly kind: Kind;
  /** Package directories, parts of paths, or words of a test's name. Empty runs all. */
  readonly patterns: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** A directory for the result file. */
  readonly dir: string;
  /** Milliseconds after which the suite is ended and failed. */
  readonly limit: number;
}

const grace = 10_000;

/** Runs one kind of tests. A suite that finds no test, crashes or does not end counts as one failure. */
export async function runSuite(suite: Suite): Promise<Count> {
  console.log(`\n${suite.kind} tests`);
  const { chosen, words } = select(suite);
  if (chosen.length === 0) {
    console.log("  there are none");
    return { passed: 0, failed: 1 };
  }
  const result = join(suite.dir, `${suite.kind}.json`);
  rmSync(result, { force: true });
  const ended = await mocha([result, words, ...chosen], suite);
  if (!existsSync(result)) {
    console.log(`  the ${suite.kind} tests ${ended}`);
    return { passed: 0, failed: 1 };
  }
  return JSON.parse(readFileSync(result, "utf8")) as Count;
}

function select({ kind, patterns }: Suite): { chosen: string[]; words: string } {
  const all = files(root, [`.${kind}.test.ts`])
    .map(compiled)
    .filter((path) => existsSync(join(root, path)));
  const places = patterns.filter((pattern) => all.some((path) => path.includes(pattern)));
  const words = patterns.filter((pattern) => !places.includes(pattern)).join(" ");
  const chosen = places.length === 0 ? all : all.filter((path) => places.some((place) => path.includes(place)));
  return { chosen, words };
}

/** libs/x/test/a.unit.test.ts is compiled to libs/x/dist/test/, test/a.e2e.test.ts to test/dist/. */
function compiled(path: string): string {
  const js = path.replace(/\.ts$/, ".js");
  return js.startsWith("test/") ? js.replace(/^test\//, "test/dist/") : js.replace("/test/", "/dist/test/");
}

function mocha(args: readonly string[], { env, limit }: Suite): Promise<string> {
  return new Promise((done) => {
    const cases = fileURLToPath(new URL("./cases.js", import.meta.url));
    const argv = ["--enable-source-maps", cases, ...args];
    const child = spawn(process.execPath, argv, { cwd: root, env, stdio: ["ignore", "inherit", "inherit"] });
    const endChild = () => child.kill("SIGKILL");
    process.once("exit", endChild);
    let late = false;
    const timers = [
      setTimeout(() => {
        late = true;
        // It ends what its tests have started; where it cannot even do that, there is one more way.
        child.kill("SIGTERM");
        timers.push(setTimeout(endChild, grace));
      }, limit),
    ];
    child.once("close", (code) => {
      for (const timer of timers) clearTimeout(timer);
      process.off("exit", endChild);
      done(late ? `were ended after ${limit / 1000} s` : `ended with ${code} before their end`);
    });
  });
}
