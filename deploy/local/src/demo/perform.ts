// The demo as somebody sees it: timelines for people or lines for programs, then the audit, then whether all went well.
import { paintAudit } from "../audit/report.js";
import { runAudit } from "../audit/run.js";
import { colourful, paintFor } from "../paint.js";
import type { StackState } from "../state.js";
import { conducted } from "./conducted.js";
import type { Part, Result } from "./part.js";
import { runDemo } from "./run.js";
import type { Mode, Scenario } from "./scenario.js";
import { scenarios } from "./scenarios.js";
import { show } from "./stage.js";

/** How to perform it. */
export interface Performance {
  /** One JSON line for each purchase on standard output, and nothing else there. */
  readonly json: boolean;
  /** Only the scenarios whose name contains this. */
  readonly only?: string | undefined;
  /** Only the purchases of this mode; both modes if not given. */
  readonly mode?: Mode | undefined;
}

/** Performs the demo on a running system. Answers whether every outcome and every invariant is as it must be. */
export async function performDemo(state: StackState, { json, only = "", mode }: Performance): Promise<boolean> {
  const chosen = [...scenarios, ...scenarios.map(conducted)].filter((scenario) => {
    return scenario.name.includes(only) && (mode ?? modeOf(scenario)) === modeOf(scenario);
  });
  const start = Date.now();
  const results = await runDemo(state, chosen, json ? printLines : showTimelines);
  const wrong = results.filter(({ problems }) => problems.length > 0);
  const say = json ? (text: string) => process.stderr.write(text) : (text: string) => process.stdout.write(text);
  const paint = paintFor(colourful(json ? process.stderr : process.stdout));
  const seconds = ((Date.now() - start) / 1000).toFixed(1);
  const score = `${results.length - wrong.length} of ${results.length} purchases ended as they must, in ${seconds} s`;
  say(`\n${wrong.length === 0 ? paint.good(score) : paint.bad(score)}\n`);
  for (const { scenario, mode: how, problems } of wrong) say(`  ${scenario}, ${how}: ${problems.join("; ")}\n`);
  // The last order's participants may still be confirming.
  const audit = await runAudit(state, { settleSeconds: 15 });
  say(paintAudit(audit, paint, false));
  return chosen.length > 0 && wrong.length === 0 && audit.violations === 0;
}

function modeOf({ mode = "CHOREOGRAPHED" }: Scenario): Mode {
  return mode;
}

async function showTimelines(parts: readonly Part[]): Promise<void> {
  const live = process.stdout.isTTY && process.env.TERM !== "dumb";
  const write = (text: string): void => void process.stdout.write(text);
  await show(parts, { write, paint: paintFor(colourful(process.stdout)), live });
}

async function printLines(parts: readonly Part[]): Promise<void> {
  await Promise.all(parts.map(async ({ result }) => process.stdout.write(`${JSON.stringify(lineOf(await result))}\n`)));
}

/** A result as the demo's JSON line: snake_case, milliseconds as whole numbers. */
function lineOf(result: Result): Readonly<Record<string, unknown>> {
  const { scenario, mode, orderId, expected, outcome, code, facts, milliseconds, problems } = result;
  return {
    scenario,
    mode,
    order_id: orderId,
    expected,
    outcome,
    code,
    facts: facts.map(({ fact, service, milliseconds: at }) => ({ fact, service, ms: Math.round(at) })),
    ms: Math.round(milliseconds),
    ok: problems.length === 0,
    problems,
  };
}

/** The names of all scenarios, for help. */
export function scenarioNames(): string[] {
  return scenarios.map(({ name }: Scenario) => name);
}
