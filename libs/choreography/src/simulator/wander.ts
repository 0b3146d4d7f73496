// Random runs: one schedule after another, each from a seed that makes it again exactly.

import type { Arc } from "./arc.js";
import type { Violation } from "./explore.js";
import type { Trouble } from "./local.js";
import { Machine } from "./machine.js";
import { shrink } from "./schedule.js";
import type { StepKind } from "./registry.js";
import type { Scenario } from "./scenario.js";

/** How to run. */
export interface WanderOptions {
  /** The same seed makes the same run. */
  readonly seed: number;
  /** Steps after which callers ask nothing more and what must happen happens; 100,000 by default. */
  readonly mostSteps?: number;
}

/** What came of a run. */
export interface Walk {
  readonly seed: number;
  readonly steps: number;
  readonly violation: Violation | undefined;
}

/**
 * Runs a scenario once, its steps chosen at random: each run makes some services slow, callers eager or patient, time
 * fast or still. A run that breaks a rule is made as short as it gets.
 */
export function wander(scenario: Scenario, { seed, mostSteps = 100_000 }: WanderOptions): Walk {
  const machine = new Machine(scenario);
  const random = randomOf(seed);
  const weightOf = moods(machine, random);
  const state = machine.initial.slice();
  const taken: Arc[] = [];
  const found = (trouble: Trouble): Walk => {
    const schedule = taken.map(({ step }) => machine.registry.steps.get(step).label);
    const violation = shrink(machine, { ...trouble, scenario: scenario.name, schedule });
    return { seed, steps: taken.length, violation };
  };
  const arcs: Arc[] = [];
  for (;;) {
    arcs.length = 0;
    machine.arcs(state, arcs);
    const ways = taken.length < mostSteps ? arcs : arcs.filter(({ obliged }) => obliged);
    const arc = ways.length === 0 ? undefined : chosen(ways, weightOf, random);
    if (arc === undefined) break;
    taken.push(arc);
    state[arc.site] = arc.to;
    if (arc.trouble !== undefined) return found(arc.trouble);
  }
  const trouble = machine.wrongEnd(state);
  return trouble === undefined ? { seed, steps: taken.length, violation: undefined } : found(trouble);
}

/** How likely each step is, in this run. */
function moods(machine: Machine, random: () => number): (arc: Arc) => number {
  const between = (low: number, high: number): number => 10 ** (low + (high - low) * random());
  const sites = [...machine.sites, undefined].map(() => between(-1.5, 0.5));
  const kinds: Readonly<Record<StepKind, number>> = {
    ask: between(-2, 0),
    deliver: 1,
    due: between(-4, -1),
    call: between(-1, 0),
    outcome: between(-1, 0),
    fault: between(-2, -0.5),
  };
  return ({ site, step }) => (sites[site] ?? 1) * kinds[machine.registry.steps.get(step).kind];
}

function chosen(arcs: readonly Arc[], weightOf: (arc: Arc) => number, random: () => number): Arc | undefined {
  const weights = arcs.map(weightOf);
  let left = random() * weights.reduce((sum, weight) => sum + weight, 0);
  return arcs.find((_, index) => (left -= weights[index] ?? 0) <= 0) ?? arcs.at(-1);
}

/** Numbers from 0 to 1 that only look like chance (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
