// Partial-order reduction: inputs that come to the same in whatever order are taken in one order only.
//
// A step changes one service and reads nothing of the others but what only grows: the facts they announced, the answers
// of the outside. So steps at two services can be taken in either order, to the same end, and neither prevents the other.
// Two inputs of one service can, too, when no input touches the rows of both, or when foresight has seen every state
// their rows may get into and the two came to the same in each, with no rule broken in between.
// Where that is so of one step and of every other input that may still come before it, every schedule that leads to an
// end contains the step, and it can be moved to the front: it is taken alone. The same holds of a few steps that meet
// nothing but one another. Taking them alone loses no end, and no decision with another outcome. A step that may be left
// out for ever (a command, a fact that may become a dead letter) is never a reason to take nothing else.

import type { Arc } from "./arc.js";
import type { Cluster } from "./cluster.js";
import { foresee, type Input, type Outlook } from "./foresight.js";
import { done, type Local } from "./local.js";
import type { Machine, Vector } from "./machine.js";

/** Bits that depend on one site's state only, by its number. */
type Memo = (bigint | undefined)[];

/** Leaves out of the ways on from a state those that lead nowhere new. */
export class Reduction {
  readonly #outlooks: readonly Outlook[] | undefined;
  /** By site: inputs that need no fact, whatever the state. */
  readonly #own: readonly bigint[];
  /** By site: inputs that have come. */
  readonly #come: readonly Memo[];
  /** By hearing site and announcing site: facts that were announced, or may yet be. */
  readonly #heard: readonly (readonly Memo[])[];

  constructor(readonly machine: Machine) {
    this.#outlooks = foresee(machine);
    this.#own = machine.sites.map((_, site) => bitsOf(this.#outlooks?.[site], ({ fact }) => fact === undefined));
    this.#come = machine.sites.map(() => []);
    this.#heard = machine.sites.map(() => machine.sites.map(() => []));
  }

  /** The ways on that are enough. */
  enough(state: Vector, arcs: readonly Arc[]): readonly Arc[] {
    if (arcs.length < 2) return arcs;
    const outside = this.machine.sites.length;
    const call = arcs.find(({ site }) => site === outside);
    // A request under its key meets nothing but its own other answers.
    if (call !== undefined) return arcs.filter(({ site, choice }) => site === outside && choice === call.choice);
    if (this.#outlooks === undefined) return arcs;
    const possible: Memo = [];
    let groups: Map<Cluster, Arc[]> | undefined;
    for (const arc of arcs) {
      const outlook = this.#outlooks[arc.site] as Outlook;
      const input = outlook.inputs.get(arc.input);
      if (input === undefined) continue;
      const bits = (possible[arc.site] ??= this.#possible(state, arc.site));
      if (arc.obliged && !this.#meets(state, arc, input, bits)) return [arc];
      groups ??= new Map();
      const group = groups.get(input.cluster);
      if (group === undefined) groups.set(input.cluster, [arc]);
      else group.push(arc);
    }
    return this.#smallest(state, arcs, groups ?? new Map(), possible);
  }

  #smallest(
    state: Vector,
    arcs: readonly Arc[],
    groups: ReadonlyMap<Cluster, readonly Arc[]>,
    possible: Memo,
  ): readonly Arc[] {
    let smallest = arcs;
    for (const group of groups.values()) {
      if (group.length >= smallest.length || !group.some(({ obliged }) => obliged)) continue;
      const inputs = group.map(({ site, input }) => this.#outlooks?.[site]?.inputs.get(input) as Input);
      const others = inputs.reduce((bits, { bit }) => bits & ~bit, possible[group[0]?.site ?? 0] ?? -1n);
      if (!group.some((arc, index) => this.#meets(state, arc, inputs[index] as Input, others))) smallest = group;
    }
    return smallest;
  }

  /** Whether one of these inputs may come out differently before and after this one. */
  #meets(state: Vector, arc: Arc, input: Input, others: bigint): boolean {
    const outlook = this.#outlooks?.[arc.site];
    const place = outlook?.place(this.machine.local(state, arc.site), input.cluster);
    return place === undefined || (input.cluster.conflicts(input, place) & others) !== 0n;
  }

  /** All that may still come to a site, now or later, of what has not come. */
  #possible(state: Vector, site: number): bigint {
    const local = this.machine.local(state, site);
    let bits = this.#own[site] ?? -1n;
    for (const from of this.machine.sources(site)) {
      const there = this.machine.local(state, from);
      const memo = this.#heard[site]?.[from] as Memo;
      bits |= memo[there.number] ??= this.#announced(site, from, there);
    }
    const come = this.#come[site] as Memo;
    return bits & ~(come[local.number] ??= this.#comeTo(site, local));
  }

  /** What has come, and changes nothing when it comes again. */
  #comeTo(site: number, local: Local): bigint {
    return bitsOf(this.#outlooks?.[site], ({ name, fact, outcome }) => {
      if (fact !== undefined) return local.heard.includes(fact);
      if (outcome !== undefined) return local.effects.includes(outcome[0] * 4 + done);
      return name.startsWith("a") && local.asked.includes(Number(name.slice(1)));
    });
  }

  /** What a site has announced, or may yet. */
  #announced(site: number, from: number, there: Local): bigint {
    const owner = this.#outlooks?.[from] as Outlook;
    const said = this.machine.sites[from]?.states.said.get(there.said) ?? [];
    const facts = new Set(said);
    for (const cluster of owner.clusters) {
      const place = owner.place(there, cluster);
      if (place === undefined) return -1n;
      for (const fact of place.facts) facts.add(fact);
    }
    return bitsOf(this.#outlooks?.[site], ({ fact }) => fact !== undefined && facts.has(fact));
  }
}

function bitsOf(outlook: Outlook | undefined, is: (input: Input) => boolean): bigint {
  let bits = 0n;
  for (const input of outlook?.inputs.values() ?? []) if (is(input)) bits |= input.bit;
  return bits;
}
