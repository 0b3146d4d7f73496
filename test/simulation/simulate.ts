// npm run simulate: explores the shop whole, then at random for as long as asked, and says what it found.

import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import {
  explore,
  type Exploration,
  Machine,
  type Scenario,
  timeline,
  type Violation,
  wander,
} from "@pavane/choreography/simulator";
import { crowd } from "./crowd.js";
import { deadLetters, failures, orchestrated, rivals, shapes, told } from "./shapes.js";

/** Every scenario that is explored whole, with whether orders that cannot matter are left out: one purchase needs none. */
export const whole: readonly (readonly [scenario: Scenario, reduce: boolean])[] = [
  ...[...shapes, ...failures, ...deadLetters, ...orchestrated].map((scenario) => [scenario, false] as const),
  ...[...rivals, told].map((scenario) => [scenario, true] as const),
];

/** A broken rule as it is saved: enough to take the same steps again. */
export interface Saved {
  /** Of a random run; a scenario that is explored whole is known by its name. */
  readonly crowd?: { readonly seed: number; readonly purchases: number };
  readonly scenario: string;
  readonly rule: string;
  readonly schedule: readonly string[];
}

interface Options {
  readonly json: boolean;
  readonly seed: number;
  readonly purchases: number;
  readonly minutes: number;
  readonly save: string | undefined;
  /** Part of the names of the scenarios to explore. */
  readonly only: string;
}

interface Found {
  readonly violation: Violation;
  readonly scenario: Scenario;
  readonly crowd?: { readonly seed: number; readonly purchases: number };
}

interface Wandered {
  readonly runs: number;
  readonly steps: number;
  readonly milliseconds: number;
}

/** Runs the command; resolves to its exit code: 0 when every rule held, 1 when one did not, 2 when it was not understood. */
export function simulate(args: readonly string[]): number {
  const options = read(args);
  if (typeof options === "string") {
    console.error(options);
    return 2;
  }
  const found: Found[] = [];
  const chosen = whole.filter(([{ name }]) => name.includes(options.only));
  const explorations = chosen.map(([scenario, reduce]) => exploring(options, scenario, reduce, found));
  const wandered = wandering(options, found);
  const sums = summed(explorations);
  if (options.json) {
    const { runs, steps } = wandered;
    const complete = explorations.every((exploration) => exploration.complete);
    console.log(JSON.stringify({ ...sums, complete, runs, steps, seed: options.seed, violations: found.length }));
  } else {
    report(sums, wandered, found);
  }
  const [first] = found;
  if (first !== undefined && options.save !== undefined) save(options.save, first);
  return found.length === 0 && explorations.every(({ complete }) => complete) ? 0 : 1;
}

function read(args: readonly string[]): Options | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        json: { type: "boolean", default: false },
        seed: { type: "string", default: "1" },
        purchases: { type: "string", default: "20" },
        minutes: { type: "string", default: "0.1" },
        save: { type: "string" },
        only: { type: "string", default: "" },
      },
    });
    const { json, only, save: file } = values;
    const [seed, purchases, minutes] = [Number(values.seed), Number(values.purchases), Number(values.minutes)];
    if (!Number.isSafeInteger(seed) || seed < 0) return "--seed must be a whole number, 0 or more";
    if (!Number.isSafeInteger(purchases) || purchases < 1) return "--purchases must be a whole number, 1 or more";
    if (!(minutes >= 0 && minutes < 100_000)) return "--minutes must be a number, 0 or more";
    return { json, seed, purchases, minutes, only, save: file };
  } catch (error) {
    const usage = "npm run simulate [-- --json --seed N --purchases N --minutes N --only NAME --save FILE]";
    return `${error instanceof Error ? error.message : String(error)}\n${usage}`;
  }
}

function exploring(options: Options, scenario: Scenario, reduce: boolean, found: Found[]): Exploration {
  const exploration = explore(scenario, {
    reduce,
    findAll: true,
    progress: (states, transitions) => progress(`${scenario.name}: ${states} states, ${transitions} transitions`),
  });
  for (const violation of exploration.violations) found.push({ violation, scenario });
  if (!options.json) console.log(line(exploration));
  return exploration;
}

function wandering({ seed, purchases, minutes, json }: Options, found: Found[]): Wandered {
  const began = performance.now();
  const until = began + minutes * 60_000;
  let [runs, steps, told] = [0, 0, began];
  if (!json && minutes > 0) console.log(`${purchases} purchases at random, seeds from ${seed} on`);
  while (performance.now() < until && found.length === 0) {
    const about = { seed: seed + runs, purchases };
    const scenario = crowd(about.seed, purchases);
    const walk = wander(scenario, about);
    runs++;
    steps += walk.steps;
    if (walk.violation !== undefined) found.push({ violation: walk.violation, scenario, crowd: about });
    if (performance.now() - told > 5_000) {
      told = performance.now();
      progress(`${runs} runs, ${steps} steps, seed ${about.seed}`);
    }
  }
  return { runs, steps, milliseconds: performance.now() - began };
}

function summed(explorations: readonly Exploration[]) {
  const sum = (of: (exploration: Exploration) => number): number =>
    explorations.reduce((all, exploration) => all + of(exploration), 0);
  return {
    states: sum(({ states }) => states),
    transitions: sum(({ transitions }) => transitions),
    schedules: sum(({ schedules }) => schedules),
    depth: Math.max(0, ...explorations.map(({ depth }) => depth)),
    milliseconds: Math.round(sum(({ milliseconds }) => milliseconds)),
  };
}

function report(
  sums: ReturnType<typeof summed>,
  { runs, steps, milliseconds }: Wandered,
  found: readonly Found[],
): void {
  for (const { scenario, violation } of found) console.log(`\n${timeline(new Machine(scenario), violation)}`);
  const { states, transitions, schedules, depth, milliseconds: explored } = sums;
  if (states > 0) {
    const speed = Math.round((transitions / explored) * 1_000);
    console.log(
      `\nexplored whole: ${states} states, ${transitions} transitions, ${about(schedules)} schedules, depth ${depth},`,
    );
    console.log(`${(explored / 1_000).toFixed(1)} s, ${speed} transitions a second`);
  }
  console.log(`at random: ${runs} runs, ${steps} steps, ${(milliseconds / 1_000).toFixed(1)} s`);
  console.log(`${found.length} violations`);
}

function line({
  scenario,
  states,
  transitions,
  schedules,
  depth,
  milliseconds,
  violations,
  complete,
}: Exploration): string {
  const columns = [
    scenario.padEnd(44),
    `${states} states`.padStart(14),
    `${transitions} transitions`.padStart(20),
    `${about(schedules)} schedules`.padStart(18),
    `depth ${depth}`.padStart(9),
    `${Math.round(milliseconds)} ms`.padStart(9),
  ];
  return `${columns.join(" ")}  ${violations.length === 0 ? (complete ? "ok" : "not complete") : violations[0]?.rule}`;
}

function about(count: number): string {
  return count < 1e6 ? String(count) : count.toExponential(1);
}

function progress(text: string): void {
  console.error(`… ${text}`);
}

function save(file: string, { violation, crowd: from }: Found): void {
  const { scenario, rule, schedule } = violation;
  const saved: Saved = { ...(from === undefined ? {} : { crowd: from }), scenario, rule, schedule };
  writeFileSync(file, `${JSON.stringify(saved, undefined, 2)}\n`);
  console.error(`saved to ${file}; under test/simulation/regressions it is a test`);
}
