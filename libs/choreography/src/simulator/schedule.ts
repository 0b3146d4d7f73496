// Schedules: steps by their labels, taken again, made shorter, shown as a timeline.

import type { Arc } from "./arc.js";
import type { Violation } from "./explore.js";
import type { Trouble } from "./local.js";
import type { Machine, Vector } from "./machine.js";

/** What came of a schedule. */
export interface Replay {
  /** The steps that could be taken, and those that had to follow. */
  readonly schedule: readonly string[];
  readonly trouble: Trouble | undefined;
}

/** What a walk through the machine tells of a step. */
export type Told = (arc: Arc, before: Vector) => void;

/** Takes the steps of a schedule, leaving out those that are not there to take, and then all that must follow. */
export function replay(machine: Machine, schedule: readonly string[], told: Told = () => undefined): Replay {
  const state = machine.initial.slice();
  const taken: string[] = [];
  const take = (arc: Arc): Trouble | undefined => {
    taken.push(machine.registry.steps.get(arc.step).label);
    told(arc, state);
    state[arc.site] = arc.to;
    return arc.trouble;
  };
  for (const label of schedule) {
    const arc = ways(machine, state).find(({ step }) => machine.registry.steps.get(step).label === label);
    const trouble = arc === undefined ? undefined : take(arc);
    if (trouble !== undefined) return { schedule: taken, trouble };
  }
  for (let arc = must(machine, state); arc !== undefined; arc = must(machine, state)) {
    const trouble = take(arc);
    if (trouble !== undefined) return { schedule: taken, trouble };
  }
  return { schedule: taken, trouble: machine.wrongEnd(state) };
}

/** The shortest schedule found that breaks the same rule: no step of it can be left out. */
export function shrink(machine: Machine, violation: Violation): Violation {
  let best: readonly string[] = violation.schedule;
  let trouble: Trouble = violation;
  const without = (left: (index: number) => boolean): boolean => {
    const shorter = best.filter((_, index) => !left(index));
    const result = replay(machine, shorter);
    if (result.trouble?.rule !== violation.rule || result.schedule.length >= best.length) return false;
    [best, trouble] = [result.schedule, result.trouble];
    return true;
  };
  for (let size = best.length >> 1; size > 0; size = size > 1 ? size >> 1 : 0) {
    for (let from = 0; from < best.length; ) {
      const to = from + size;
      if (!without((index) => index >= from && index < to)) from = to;
    }
  }
  for (let index = 0; index < best.length; ) if (!without((one) => one === index)) index++;
  return { ...violation, ...trouble, schedule: best };
}

/** A violation as a timeline for people: each step, what it changed and announced, and the rule that is broken. */
export function timeline(machine: Machine, { rule, message, scenario, schedule }: Violation): string {
  const lines = [`${scenario}: the rule "${rule}" is broken`];
  let number = 0;
  replay(machine, schedule, (arc, before) => {
    const { label } = machine.registry.steps.get(arc.step);
    lines.push(`${String(++number).padStart(4)}  ${clipped(label)}`);
    for (const change of machine.changes(before, arc)) lines.push(`        ${clipped(change)}`);
  });
  return [...lines, `      ${message}`].join("\n");
}

/** Every way on. */
function ways(machine: Machine, state: Vector): Arc[] {
  const arcs: Arc[] = [];
  machine.arcs(state, arcs);
  return arcs;
}

/** A step that must happen: time passes only when there is nothing else to do. */
function must(machine: Machine, state: Vector): Arc | undefined {
  const arcs = ways(machine, state).filter(({ obliged }) => obliged);
  return arcs.find(({ step }) => machine.registry.steps.get(step).kind !== "due") ?? arcs[0];
}

function clipped(text: string): string {
  return text.length > 160 ? `${text.slice(0, 159)}…` : text;
}
