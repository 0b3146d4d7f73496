// Explores every interleaving of a scenario, shortest schedules first, each state once.

import type { Arc } from "./arc.js";
import { idOf } from "./canonical.js";
import { laws, type Trouble } from "./local.js";
import { Machine } from "./machine.js";
import { Ints, Pool } from "./pool.js";
import { shapeOf } from "./progress.js";
import { Reduction } from "./reduce.js";
import type { Scenario } from "./scenario.js";

/** How far to go. */
export interface ExploreOptions {
  /** States of the whole after which exploring stops, and is not complete; 5,000,000 by default. */
  readonly mostStates?: number;
  /** Whether to go on after the first broken rule, to one example of each; false by default. */
  readonly findAll?: boolean;
  /** Whether to leave out orders of steps that cannot matter; true by default, never with faults or redeliveries. */
  readonly reduce?: boolean;
  /** Told every now and then. */
  readonly progress?: (states: number, transitions: number) => void;
}

/** A broken rule, and the steps that break it. */
export interface Violation extends Trouble {
  readonly scenario: string;
  /** The labels of the steps from the scenario's beginning. */
  readonly schedule: readonly string[];
}

/** What was found. */
export interface Exploration {
  readonly scenario: string;
  readonly states: number;
  /** Distinct ways on: a state and a step that changes it. Redeliveries, which change nothing, are not among them. */
  readonly transitions: number;
  /** Schedules from the beginning to an end. */
  readonly schedules: number;
  /** Steps of the longest schedule. */
  readonly depth: number;
  /** States in which nothing is left to do. */
  readonly ends: number;
  /** A fingerprint of all those states: the same for explorations that came to the same ends. */
  readonly endings: string;
  /** Whether there was nothing more to explore. */
  readonly complete: boolean;
  readonly milliseconds: number;
  readonly violations: readonly Violation[];
}

/** Explores a scenario. Its cost is a few numbers a state: a decision is taken once for what it sees, never again. */
export function explore(scenario: Scenario, options: ExploreOptions = {}): Exploration {
  return new Explorer(scenario, options).run();
}

/** More states of one service than any scenario should have. */
const mostLocals = 200_000;

class Explorer {
  readonly #machine: Machine;
  readonly #pool: Pool;
  readonly #parents = new Ints();
  readonly #steps = new Ints();
  readonly #offsets = new Ints();
  readonly #targets = new Ints();
  readonly #violations = new Map<string, Violation>();
  readonly #reduction: Reduction | undefined;
  /** States not to go on from: something is wrong with them already. */
  readonly #spoilt = new Set<number>();
  readonly #endings = new Set<string>();

  constructor(
    readonly scenario: Scenario,
    readonly options: ExploreOptions,
  ) {
    this.#machine = new Machine(scenario);
    this.#pool = new Pool(this.#machine.width);
    const reduces = (options.reduce ?? true) && scenario.faults === undefined && scenario.redelivers !== true;
    this.#reduction = reduces ? new Reduction(this.#machine) : undefined;
  }

  run(): Exploration {
    const began = performance.now();
    this.#pool.add(this.#machine.initial);
    this.#parents.push(-1);
    this.#steps.push(-1);
    const complete = this.#walk();
    const graph = { states: this.#pool.size, offsets: this.#offsets, targets: this.#targets };
    const shape = complete ? shapeOf(graph) : { cycle: undefined, schedules: 0, depth: 0 };
    if (shape.cycle !== undefined) this.#found({ rule: laws.cycle, message: "steps lead back here" }, shape.cycle);
    return {
      scenario: this.scenario.name,
      states: this.#pool.size,
      transitions: this.#targets.length,
      schedules: shape.schedules,
      depth: shape.depth,
      ends: this.#endings.size,
      endings: idOf([...this.#endings].sort().join("\n")),
      complete,
      milliseconds: performance.now() - began,
      violations: [...this.#violations.values()],
    };
  }

  /** Whether everything was seen. */
  #walk(): boolean {
    const { mostStates = 5_000_000, findAll = false, progress } = this.options;
    const state = new Int32Array(this.#machine.width);
    const arcs: Arc[] = [];
    for (let number = 0; number < this.#pool.size; number++) {
      if (this.#pool.size > mostStates || this.#sprawls()) return false;
      if (!findAll && this.#violations.size > 0) return false;
      if (progress !== undefined && number % 65_536 === 65_535) progress(this.#pool.size, this.#targets.length);
      this.#offsets.push(this.#targets.length);
      if (this.#spoilt.has(number)) continue;
      this.#pool.read(number, state);
      arcs.length = 0;
      this.#machine.arcs(state, arcs);
      if (!arcs.some(({ obliged }) => obliged)) this.#end(state, number);
      for (const arc of this.#reduction?.enough(state, arcs) ?? arcs) {
        this.#follow(number, state, arc);
      }
    }
    this.#offsets.push(this.#targets.length);
    return true;
  }

  /** Whether one service alone gets into ever more states: its rows grow without end. */
  #sprawls(): boolean {
    return this.#machine.sites.some(({ states }) => states.count > mostLocals);
  }

  #follow(number: number, state: Int32Array, arc: Arc): void {
    const was = state[arc.site] ?? 0;
    state[arc.site] = arc.to;
    const added = this.#pool.add(state);
    state[arc.site] = was;
    this.#targets.push(added < 0 ? ~added : added);
    if (added >= 0) {
      this.#parents.push(number);
      this.#steps.push(arc.step);
    }
    if (arc.trouble === undefined) return;
    if (added >= 0) this.#spoilt.add(added);
    this.#found(arc.trouble, number, arc.step);
  }

  #end(state: Int32Array, number: number): void {
    this.#endings.add(this.#machine.text(state));
    const trouble = this.#machine.wrongEnd(state);
    if (trouble !== undefined) this.#found(trouble, number);
  }

  #found(trouble: Trouble, state: number, ...steps: number[]): void {
    if (this.#violations.has(trouble.rule)) return;
    const schedule = [...steps];
    for (let at = state; at > 0; at = this.#parents.get(at)) schedule.unshift(this.#steps.get(at));
    const labels = schedule.map((step) => this.#machine.registry.steps.get(step).label);
    this.#violations.set(trouble.rule, { ...trouble, scenario: this.scenario.name, schedule: labels });
  }
}
