// What may still happen to rows: each service's rows alone, under everything that anyone might ever say to them.
//
// This is larger than what can happen, and small: rows that no input touches together are looked at apart (a cluster),
// rows that no input changes are left as they are, and what was heard is left out, because a fact heard again changes
// nothing (a law that exploring proves on the way).

import { Cluster, type Place } from "./cluster.js";
import type { Local } from "./local.js";
import type { Machine } from "./machine.js";
import type { Site } from "./site.js";
import type { Intake } from "./turn.js";

/** An input of a site, with the bit that stands for it. */
export interface Input {
  readonly name: string;
  readonly bit: bigint;
  readonly intake: Intake;
  /** The fact it hears. */
  readonly fact: number | undefined;
  /** The effect and the result it learns of. */
  readonly outcome: readonly [effect: number, result: number] | undefined;
  /** The cell whose row makes it due. */
  readonly due: number | undefined;
  cluster: Cluster;
}

/** More states of one cluster than are worth looking ahead over. */
const mostPlaces = 4_000;

/** The inputs and clusters of one site. */
export class Outlook {
  readonly inputs = new Map<string, Input>();
  clusters: Cluster[] = [];
  /** Cells that some input changes. */
  readonly changing = new Set<number>();
  #places = new Map<number, (Place | undefined)[]>();

  constructor(readonly site: Site) {}

  /** Where a state of the site stands in one of its clusters; undefined when that was not foreseen. */
  place(local: Local, cluster: Cluster): Place | undefined {
    let places = this.#places.get(local.number);
    if (places === undefined) this.#places.set(local.number, (places = []));
    const index = cluster.index;
    if (!(index in places)) places[index] = cluster.find(local.rows);
    return places[index];
  }
}

/** The outlook of all sites; undefined when there is too much to foresee, and every order has to be explored. */
export function foresee(machine: Machine): readonly Outlook[] | undefined {
  const foresight = new Foresight(machine);
  return foresight.run() ? foresight.outlooks : undefined;
}

class Foresight {
  readonly outlooks: readonly Outlook[];
  readonly #facts = new Set<number>();
  readonly #effects = new Set<number>();

  constructor(readonly machine: Machine) {
    this.outlooks = machine.sites.map((site) => new Outlook(site));
  }

  run(): boolean {
    for (const outlook of this.outlooks) {
      const { states, options } = outlook.site;
      const local = this.machine.local(this.machine.initial, options.number);
      for (const ask of states.asks.keys()) {
        if (!local.asked.includes(ask)) this.#input(outlook, `a${ask}`, states.ask(ask), {});
      }
      for (const fact of states.said.get(local.said)) this.#said(fact);
      for (const code of local.effects) this.#asked(code >> 2);
      this.#dues(outlook, local.rows);
    }
    let grows = true;
    while (grows) {
      grows = false;
      for (const outlook of this.outlooks) {
        for (const cluster of outlook.clusters.slice()) {
          if (cluster.settled || !outlook.clusters.includes(cluster)) continue;
          grows = true;
          if (!this.#settle(outlook, cluster)) return false;
        }
      }
    }
    for (const { clusters } of this.outlooks) for (const cluster of clusters) cluster.lookAhead();
    return true;
  }

  #settle(outlook: Outlook, cluster: Cluster): boolean {
    const initial = this.machine.local(this.machine.initial, outlook.site.options.number);
    cluster.grow(initial.rows, mostPlaces);
    for (const fact of cluster.facts) this.#said(fact);
    for (const effect of cluster.effects) this.#asked(effect);
    for (const { rows } of cluster.places) this.#dues(outlook, rows);
    for (const cell of cluster.found) outlook.changing.add(cell);
    if (cluster.found.size > 0) this.#join(outlook, cluster, [...cluster.found]);
    cluster.found.clear();
    return cluster.places.length < mostPlaces;
  }

  #said(fact: number): void {
    if (this.#facts.has(fact)) return;
    this.#facts.add(fact);
    for (const outlook of this.outlooks) {
      const intake = outlook.site.states.fact(fact);
      if (intake !== undefined) this.#input(outlook, `f${fact}`, intake, { fact });
    }
  }

  #asked(effect: number): void {
    if (this.#effects.has(effect)) return;
    this.#effects.add(effect);
    const outlook = this.outlooks[this.machine.registry.effects.get(effect).site] as Outlook;
    for (const result of this.machine.outside.answers(effect)) {
      const { name, intake } = outlook.site.learning(effect, result);
      this.#input(outlook, name, intake, { outcome: [effect, result] });
    }
  }

  #dues(outlook: Outlook, rows: readonly number[]): void {
    for (const { name, intake, cell } of outlook.site.waiting(rows)) this.#input(outlook, name, intake, { due: cell });
  }

  #input(
    outlook: Outlook,
    name: string,
    intake: Intake,
    about: Partial<Pick<Input, "fact" | "outcome" | "due">>,
  ): void {
    if (outlook.inputs.has(name)) return;
    const cluster = new Cluster(outlook.site, outlook.clusters.length);
    outlook.clusters.push(cluster);
    const bit = 1n << BigInt(outlook.inputs.size);
    const input = { name, bit, intake, fact: undefined, outcome: undefined, due: undefined, ...about, cluster };
    outlook.inputs.set(name, input);
    cluster.inputs.push(input);
    const cells = intake.cells.filter((cell) => outlook.changing.has(cell));
    if (cells.length > 0) this.#join(outlook, cluster, cells);
  }

  /** Makes a cluster own cells that change, together with all inputs that touch one of them. */
  #join(outlook: Outlook, cluster: Cluster, cells: readonly number[]): void {
    const others = outlook.clusters.filter((one) => one !== cluster && cells.some((cell) => one.touches(cell)));
    // The largest takes in the rest: new inputs of a cluster that has grown meet its states, without starting again.
    const [main, ...rest] = [cluster, ...others].sort((one, other) => other.places.length - one.places.length);
    for (const one of rest) main?.take(one);
    main?.own(cells);
    outlook.clusters = outlook.clusters.filter((one) => !rest.includes(one));
    outlook.clusters.forEach((one, index) => {
      one.index = index;
    });
  }
}
