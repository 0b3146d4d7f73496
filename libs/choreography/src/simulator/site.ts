// A service under exploration: the steps that each of its states offers, worked out once.

import type { Due } from "../inputs.js";
import { Arc } from "./arc.js";
import { canonical, idOf } from "./canonical.js";
import { abandoned, done, including, laws, type Local, type Trouble } from "./local.js";
import type { KeptFact, StepKind } from "./registry.js";
import type { Ask, Faults } from "./scenario.js";
import type { Mark, States } from "./states.js";
import { idle, type Intake, start, type Turn } from "./turn.js";

/** What a site needs to know beside its states. */
export interface SiteOptions {
  readonly number: number;
  readonly faults: Faults;
  /** Whether facts may become dead letters. */
  readonly deadLetters: boolean;
}

/** What a step is, beside where it leads. */
interface About {
  readonly kind: StepKind;
  readonly label: string;
  readonly obliged?: boolean;
  readonly input?: string;
  readonly trouble?: Trouble | undefined;
}

/** An input under the name that the site knows it by. */
interface Named {
  readonly name: string;
  readonly intake: Intake;
}

/** More results than there can be. */
const most = 2 ** 20;

/** One service. */
export class Site {
  constructor(
    readonly states: States,
    readonly options: SiteOptions,
  ) {}

  get name(): string {
    return this.states.ground.definition.name;
  }

  /** The steps of a state that need nothing of other services: rows that are due, commands. */
  own(local: Local): readonly Arc[] {
    local.own ??= [...(this.options.faults.noSweep === true ? [] : this.#dues(local)), ...this.#commands(local)];
    return local.own;
  }

  /** The deliveries of what another site has announced and this state has not heard. */
  deliveries(local: Local, from: Site, said: number): readonly Arc[] {
    const known = (local.deliveries[from.options.number] ??= []);
    return (known[said] ??= this.#deliveries(local, from.states.said.get(said)));
  }

  /** Taking in a result as the outcome of an effect. */
  outcome(local: Local, effect: number, result: number): Arc {
    const key = effect * most + result;
    let arc = local.outcomes.get(key);
    if (arc === undefined) {
      arc = this.#outcome(local, effect, result);
      local.outcomes.set(key, arc);
    }
    return arc;
  }

  /** The input by which the service learns what came of an effect. */
  learning(effect: number, result: number): Named {
    const { registry, ground } = this.states;
    const { kind, key, input } = registry.effects.get(effect);
    const rule = ground.definition.outcomes.get(kind);
    if (rule === undefined) throw new TypeError(`${this.name} declares no outcome of effect ${kind}`);
    const value = registry.results.get(result);
    const name = `o${key} ${canonical(value)}`;
    const data = { key, input, result: value };
    return { name, intake: this.states.input(name, rule, () => ({ data, id: idOf(name), version: 0n })) };
  }

  /** The inputs by which rows become due, with the cells of those rows. */
  waiting(rows: readonly number[]): (Named & { readonly cell: number; readonly rule: Due; readonly due: Date })[] {
    const { ground, registry } = this.states;
    return ground.definition.dues.flatMap((rule) =>
      rows.flatMap((row, cell) => {
        const { table, key } = ground.cells.get(cell);
        const due = row === 0 || table !== rule.table ? undefined : table.dueOf(registry.rows.get(row).row);
        if (due === undefined) return [];
        const name = `d${rule.name} of ${key}`;
        const make = () => ({ data: key, id: idOf(`${this.name} ${name}`), version: 0n });
        return [{ name, intake: this.states.input(name, rule, make), cell, rule, due }];
      }),
    );
  }

  #outcome(local: Local, effect: number, result: number): Arc {
    const { registry } = this.states;
    const { name: input, intake } = this.learning(effect, result);
    const effects = local.effects.map((code) => (code >> 2 === effect ? effect * 4 + done : code));
    const label = `${this.name} learns of ${registry.effects.get(effect).key}: ${canonical(registry.results.get(result))}`;
    return this.#decided(local, intake, { effects }, { kind: "outcome", label, obliged: true, input });
  }

  /** Never calling an effect again: what only a broken engine does. */
  abandon(local: Local, effect: number): Arc {
    const { key } = this.states.registry.effects.get(effect);
    const effects = local.effects.map((code) => (code >> 2 === effect ? effect * 4 + abandoned : code));
    return this.#arc(local, undefined, { effects }, { kind: "fault", label: `${this.name} forgets to call ${key}` });
  }

  #deliveries(local: Local, facts: readonly number[]): Arc[] {
    const { registry } = this.states;
    const overwritten = this.options.faults.staleReads?.includes(this.name) === true ? this.#stale(local, facts) : [];
    const deliveries = facts.flatMap((number) => {
      const intake = this.states.fact(number);
      if (intake === undefined || local.lost.includes(number)) return [];
      const fact = registry.facts.get(number);
      if (local.heard.includes(number)) return this.#redelivery(local, fact, intake);
      return this.#parked(local, fact, facts) ? [] : this.#delivery(local, fact, intake);
    });
    return [...deliveries, ...overwritten];
  }

  /** Two facts at once: both are decided on the same rows, and the second overwrites what the first has written. */
  #stale(local: Local, facts: readonly number[]): Arc[] {
    const { registry, ground } = this.states;
    const fresh = facts.filter((number) => !local.heard.includes(number));
    return fresh.flatMap((one) =>
      fresh.flatMap((other) => {
        const [first, second] = [this.states.fact(one), this.states.fact(other)];
        if (one === other || first === undefined || second === undefined) return [];
        const heard = including(local.heard, one);
        const between = this.states.after(local, ground.take(first, local.rows), { heard });
        const mark = { heard: including(heard, other) };
        const labels = [one, other].map((number) => registry.facts.get(number).label);
        const label = `${this.name} hears ${labels[0]}, overwritten by ${labels[1]} on the rows as they were`;
        const step = registry.step("fault", this.name, label);
        return new Arc({ site: this.options.number, step, obliged: false, input: "", choice: -1 }, () => {
          const next = this.states.after(between, ground.take(second, local.rows), mark);
          return { to: next.number, trouble: next.trouble };
        });
      }),
    );
  }

  #delivery(local: Local, fact: KeptFact, intake: Intake): Arc[] {
    const { faults, deadLetters } = this.options;
    const arcs = [
      this.#decided(
        local,
        intake,
        { heard: including(local.heard, fact.number) },
        {
          kind: "deliver",
          label: `${this.name} hears ${fact.label}`,
          obliged: !deadLetters || fact.type.forever,
          input: `f${fact.number}`,
          trouble: fact.violation === undefined ? undefined : { rule: laws.fields, message: fact.violation },
        },
      ),
    ];
    if (faults.ackBeforeCommit === true) {
      const label = `${this.name} acknowledges ${fact.label}, then ends before its commit`;
      arcs.push(this.#arc(local, undefined, { lost: including(local.lost, fact.number) }, { kind: "fault", label }));
    }
    const turn = this.states.ground.take(intake, local.rows);
    if (faults.publishBeforeCommit === true && turn.facts.length > 0) {
      const label = `${this.name} publishes what follows from ${fact.label}, then ends before its commit`;
      const published = this.#arc(
        local,
        { ...turn, writes: [], inserts: [], effects: [] },
        {},
        { kind: "fault", label },
      );
      if (published.to !== local.number) arcs.push(published);
    }
    return arcs;
  }

  /** A fact that comes again, where that is a step: only when it does something, and is not claimed. */
  #redelivery(local: Local, { label }: KeptFact, intake: Intake): Arc[] {
    const { rule } = intake;
    if (this.states.lawful || (rule.kind === "reaction" && rule.guard === "once")) return [];
    const turn = this.states.ground.take(intake, local.rows);
    if (idle(turn)) return [];
    return [this.#arc(local, turn, {}, { kind: "deliver", label: `${this.name} hears ${label} again` })];
  }

  #parked(local: Local, { type, subject, version }: KeptFact, facts: readonly number[]): boolean {
    if (this.options.faults.parks?.includes(this.name) !== true) return false;
    return facts.some((number) => {
      const other = this.states.registry.facts.get(number);
      const before = other.type.aggregate === type.aggregate && other.subject === subject && other.version < version;
      return before && this.states.fact(number) !== undefined && !local.heard.includes(number);
    });
  }

  #dues(local: Local): Arc[] {
    return this.waiting(local.rows).map(({ name: input, intake, due }) => {
      const turn = this.states.ground.take(intake, local.rows, Math.max(start, due.getTime()));
      const message = `${input.slice(1)} is due and its decision changes nothing: it stays due for ever`;
      const trouble = idle(turn) && turn.failure === undefined ? { rule: laws.due, message } : undefined;
      const label = `${this.name} finds ${input.slice(1)} due`;
      return this.#arc(local, turn, {}, { kind: "due", label, obliged: true, input, trouble });
    });
  }

  #commands(local: Local): Arc[] {
    return [...this.states.asks.keys()].flatMap((number) => this.ask(local, number) ?? []);
  }

  /** Obeying a command; undefined when it was obeyed before, is refused, or changes nothing. */
  ask(local: Local, number: number): Arc | undefined {
    const intake = this.states.ask(number);
    const turn = this.states.ground.take(intake, local.rows);
    if (local.asked.includes(number) || (idle(turn) && turn.failure === undefined)) return undefined;
    const { command, request } = this.states.asks.get(number) as Ask;
    const label = `${this.name} is asked (${number}) ${command} ${canonical(request)}`;
    const asked = including(local.asked, number);
    return this.#arc(local, turn, { asked }, { kind: "ask", label, input: `a${number}` });
  }

  #decided(local: Local, intake: Intake, mark: Mark, about: About): Arc {
    return this.#arc(local, this.states.ground.take(intake, local.rows), mark, about);
  }

  #arc(local: Local, turn: Turn | undefined, mark: Mark, about: About): Arc {
    const { kind, label, obliged = false, input = "" } = about;
    const step = this.states.registry.step(kind, this.name, label);
    return new Arc({ site: this.options.number, step, obliged, input, choice: -1 }, () => {
      const next = this.states.after(local, turn, mark);
      const failed = turn?.failure ?? occupied(this.states, local, turn);
      const failure = failed === undefined ? undefined : { rule: laws.failure, message: `${label}: ${failed}` };
      return { to: next.number, trouble: failure ?? about.trouble ?? next.trouble };
    });
  }
}

/** What an append met where a row is already: in a database, a unique violation that comes again at every attempt. */
function occupied({ ground }: States, { rows }: Local, turn: Turn | undefined): string | undefined {
  const cell = turn?.inserts.find((one) => (rows[one] ?? 0) > 0);
  if (cell === undefined) return undefined;
  const { table, key } = ground.cells.get(cell);
  return `it adds ${table.name} ${key}, which is there`;
}
