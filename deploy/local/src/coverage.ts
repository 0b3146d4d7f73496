// Line coverage of the libraries and services over all suites, with the processes that the system tests start.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { complaints, tool } from "./gates/tool.js";
import type { Count } from "./pass.js";
import { root } from "./paths.js";

/** The part of the lines, in per cent, that tests must run. */
const least = 90;

/** Prints the line coverage that V8 wrote to `dir` and judges it. */
export async function measureCoverage(dir: string): Promise<Count> {
  const answer = await tool("c8", ["report", "--temp-directory", dir], root);
  for (const line of complaints(answer)) console.log(`  ${line}`);
  if (answer.code !== 0) return { passed: 0, failed: 1 };
  const { total } = JSON.parse(readFileSync(join(root, "coverage/coverage-summary.json"), "utf8")) as Summary;
  const { covered, total: lines } = total.lines;
  const percent = lines === 0 ? 0 : (100 * covered) / lines;
  const good = percent > least;
  console.log(`\nline coverage ${percent.toFixed(2)} % (${covered} of ${lines} lines; above ${least} % is asked)`);
  return good ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

interface Summary {
  readonly total: { readonly lines: { readonly total: number; readonly covered: number } };
}
