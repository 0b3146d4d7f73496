// All services and the outside as one machine: its state is a number for each of them, its steps are theirs.

import type { Arc } from "./arc.js";
import { canonical } from "./canonical.js";
import { databaseOf } from "./database.js";
import { done, type Local, pending, type Trouble } from "./local.js";
import { Outside } from "./outside.js";
import { Registry } from "./registry.js";
import type { Ask, Scenario, World } from "./scenario.js";
import { Site } from "./site.js";
import { States } from "./states.js";
import { Ground } from "./turn.js";

/** A state of the whole: the number of each service's state, then the outside's. Filled in place for speed. */
export type Vector = Int32Array;

/** The machine of a scenario. */
export class Machine {
  readonly registry: Registry;
  readonly sites: readonly Site[];
  readonly outside: Outside;
  /** The state from which the scenario is explored. */
  readonly initial: Vector;
  /** For each site, the sites that announce what it hears. */
  readonly #sources: readonly (readonly number[])[];

  constructor(readonly scenario: Scenario) {
    const { services, faults = {}, deadLetters = false, violations } = scenario;
    const names = services.map(({ name }) => name);
    for (const { service } of [...(scenario.given ?? []), ...scenario.asks, ...(scenario.always ?? [])]) {
      if (!names.includes(service)) throw new TypeError(`${scenario.name} has no service ${service}`);
    }
    this.registry = new Registry(violations);
    this.outside = new Outside(services.length, this.registry, scenario);
    const asks = [...(scenario.given ?? []), ...scenario.asks];
    this.sites = services.map((definition, number) => {
      const ground = new Ground(definition, number, this.registry);
      const rules = (scenario.always ?? []).filter(({ service }) => service === definition.name);
      const mine = asks.flatMap((ask, index): [number, Ask][] =>
        ask.service === definition.name ? [[index, ask]] : [],
      );
      const states = new States(ground, this.registry, rules, new Map(mine), scenario.redelivers !== true);
      return new Site(states, { number, faults, deadLetters });
    });
    this.#sources = services.map(({ reactions, facts }) => {
      const owners = new Set([...reactions.keys()].map((fact) => facts.get(fact)?.owner));
      return names.flatMap((name, index) => (owners.has(name) ? [index] : []));
    });
    this.initial = this.#given();
  }

  /** How many numbers a state has. */
  get width(): number {
    return this.sites.length + 1;
  }

  local(state: Vector, site: number): Local {
    return this.#site(site).states.get(state[site] ?? 0);
  }

  /** The sites that announce what a site hears. */
  sources(site: number): readonly number[] {
    return this.#sources[site] ?? [];
  }

  /** Adds every way on from a state to `arcs`. */
  arcs(state: Vector, arcs: Arc[]): void {
    for (let site = 0; site < this.sites.length; site++) {
      const here = this.#site(site);
      const local = here.states.get(state[site] ?? 0);
      for (const from of this.sources(site)) {
        const there = this.#site(from);
        const delivered = here.deliveries(local, there, there.states.get(state[from] ?? 0).said);
        for (const arc of delivered) arcs.push(arc);
      }
      for (const arc of here.own(local)) arcs.push(arc);
      if (local.effects.length > 0) this.#effects(state, here, local, arcs);
    }
  }

  /** What is wrong with a state in which nothing is left to do. */
  wrongEnd(state: Vector): Trouble | undefined {
    const world = this.world(state);
    for (const { name, broken } of this.scenario.ends ?? []) {
      const message = broken(world);
      if (message !== undefined) return { rule: name, message };
    }
    return undefined;
  }

  /** A state as rules read it. */
  world(state: Vector): World {
    const snapshot = state.slice();
    return {
      database: (service) => {
        const site = this.sites.find(({ name }) => name === service);
        if (site === undefined) throw new TypeError(`${this.scenario.name} has no service ${service}`);
        const { states, options } = site;
        const local = states.get(snapshot[options.number] ?? 0);
        return databaseOf(states.ground, this.registry, local, states.said.get(local.said));
      },
      outside: this.outside.deeds(this.outside.get(snapshot[this.sites.length] ?? 0)),
    };
  }

  /** What a step changes, for people. */
  changes(before: Vector, arc: Arc): string[] {
    const site = this.sites[arc.site];
    return site === undefined ? [] : site.states.changes(this.local(before, arc.site), site.states.get(arc.to));
  }

  /** A state as one text, the same in every run. */
  text(state: Vector): string {
    const deeds = this.outside.deeds(this.outside.get(state[this.sites.length] ?? 0));
    const sites = this.sites.map(({ states, options }) => states.text(this.local(state, options.number)));
    return [...sites, canonical(deeds)].join("\n");
  }

  #effects(state: Vector, here: Site, local: Local, arcs: Arc[]): void {
    const { faults = {} } = this.scenario;
    const outside = this.outside.get(state[this.sites.length] ?? 0);
    for (const code of local.effects) {
      const effect = code >> 2;
      const waits = (code & 3) === pending;
      if (!waits && !(faults.outcomesAgain === true && (code & 3) === done)) continue;
      const results = this.outside.results(outside, effect);
      if (waits) for (const call of this.outside.calls(outside, effect)) arcs.push(call);
      for (const result of results) {
        const arc = here.outcome(local, effect, result);
        if (waits || arc.to !== local.number) arcs.push(arc);
      }
      if (!waits) continue;
      if (faults.noPickup === true) arcs.push(here.abandon(local, effect));
      const substitute = faults.noAnswerMeans?.[this.registry.effects.get(effect).kind];
      if (substitute !== undefined) arcs.push(here.outcome(local, effect, this.registry.result(substitute)));
    }
  }

  /** Obeys what is given, with all that follows but what only time brings. */
  #given(): Vector {
    const state = new Int32Array(this.width);
    const take = (arc: Arc): void => {
      if (arc.trouble !== undefined) throw new Error(`${this.scenario.name}, given: ${arc.trouble.message}`);
      state[arc.site] = arc.to;
    };
    for (const [number, { service, command }] of (this.scenario.given ?? []).entries()) {
      const site = this.sites.find(({ name }) => name === service) as Site;
      const asked = site.ask(this.local(state, site.options.number), number);
      if (asked === undefined) throw new Error(`${this.scenario.name}, given: ${service} does not obey ${command}`);
      take(asked);
      for (let arc = this.#next(state); arc !== undefined; arc = this.#next(state)) take(arc);
    }
    return state;
  }

  /** A step that must happen, is no fault and needs no time to pass. */
  #next(state: Vector): Arc | undefined {
    const arcs: Arc[] = [];
    this.arcs(state, arcs);
    return arcs.find(({ step }) => ["deliver", "call", "outcome"].includes(this.registry.steps.get(step).kind));
  }

  #site(site: number): Site {
    const found = this.sites[site];
    if (found === undefined) throw new RangeError(`there is no service ${site}`);
    return found;
  }
}
