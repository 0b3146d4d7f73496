// The graph of progress: whether it has a cycle, how long its longest way is, and how many ways lead through it.

import type { Ints } from "./pool.js";

/** A graph: state `n` leads to `targets[offsets[n]]` up to `targets[offsets[n + 1]]`. */
export interface Graph {
  readonly states: number;
  readonly offsets: Ints;
  readonly targets: Ints;
}

/** What a graph is like. */
export interface Shape {
  /** A state on a cycle; undefined when there is none. */
  readonly cycle: number | undefined;
  /** How many ways lead from the first state to one that leads nowhere; Infinity when there are more than can be said. */
  readonly schedules: number;
  /** Steps of the longest. */
  readonly depth: number;
}

/** Takes states off one after another once all that lead to them are gone; what cannot be taken off is on a cycle. */
export function shapeOf({ states, offsets, targets }: Graph): Shape {
  const before = new Int32Array(states);
  for (let edge = 0; edge < targets.length; edge++) add(before, targets.get(edge), 1);
  const ways = new Float64Array(states);
  const depths = new Int32Array(states);
  ways[0] = 1;
  const ready = [0];
  let taken = 0;
  let schedules = 0;
  let depth = 0;
  for (let state = ready.pop(); state !== undefined; state = ready.pop()) {
    taken++;
    const [from, to] = [offsets.get(state), offsets.get(state + 1)];
    if (from === to) schedules += ways[state] ?? 0;
    for (let edge = from; edge < to; edge++) {
      const next = targets.get(edge);
      ways[next] = (ways[next] ?? 0) + (ways[state] ?? 0);
      depths[next] = Math.max(depths[next] ?? 0, (depths[state] ?? 0) + 1);
      depth = Math.max(depth, depths[next] ?? 0);
      if (add(before, next, -1) === 0) ready.push(next);
    }
  }
  return { cycle: taken === states ? undefined : left(before), schedules, depth };
}

function left(before: Int32Array): number {
  return before.findIndex((count) => count > 0);
}

function add(counts: Int32Array, index: number, by: number): number {
  const sum = (counts[index] ?? 0) + by;
  counts[index] = sum;
  return sum;
}
