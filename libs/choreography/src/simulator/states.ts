// The states of one service, each once: made from one another by turns, and held against the rules as they are made.

import type { AnyRule } from "../inputs.js";
import type { Arc } from "./arc.js";
import { canonical, idOf } from "./canonical.js";
import { databaseOf } from "./database.js";
import { including, laws, type Local, pending, type Trouble } from "./local.js";
import { Register, type Registry } from "./registry.js";
import type { Ask, Rule } from "./scenario.js";
import { type Ground, idle, type Intake, start, type Turn } from "./turn.js";

/** What a state consists of. */
export type Content = Pick<Local, "rows" | "heard" | "lost" | "said" | "effects" | "asked">;

/** What a step changes beside what its turn changes. */
export type Mark = Partial<Pick<Local, "heard" | "lost" | "effects" | "asked">>;

const empty: Content = { rows: [], heard: [], lost: [], said: 0, effects: [], asked: [] };

/** The states of one service by number; 0 is the empty one. */
export class States {
  /** Sets of announced facts; 0 is the empty one. */
  readonly said = new Register<readonly number[]>();
  readonly #states = new Register<Local>();
  readonly #intakes = new Map<string, Intake>();
  /** What has been heard or obeyed in some state, by the cells it touches: whom to ask again when a cell changes. */
  readonly #touching = new Map<number, Set<string>>();

  constructor(
    readonly ground: Ground,
    readonly registry: Registry,
    readonly rules: readonly Rule[],
    readonly asks: ReadonlyMap<number, Ask>,
    /** Whether what comes again must change nothing. */
    readonly lawful: boolean,
  ) {
    this.said.number("", () => []);
    this.#intern(empty, () => undefined);
  }

  get(number: number): Local {
    return this.#states.get(number);
  }

  get count(): number {
    return this.#states.values.length;
  }

  /** A fact made ready to be heard here; undefined when the service does not hear it, or it does not concern it. */
  fact(number: number): Intake | undefined {
    const { type, data, id, version } = this.registry.facts.get(number);
    const rule = this.ground.definition.reactions.get(type.name);
    if (rule === undefined || rule.concerns?.(data) === false) return undefined;
    return this.input(`f${number}`, rule, () => ({ data, id, version }));
  }

  /** One of the scenario's asks made ready. Throws TypeError when the service has no such command. */
  ask(number: number): Intake {
    const { name, commands } = this.ground.definition;
    const { command, request } = this.asks.get(number) as Ask;
    const rule = commands.get(command);
    if (rule === undefined) throw new TypeError(`${name} has no command ${command}`);
    return this.input(`a${number}`, rule, () => {
      return { data: request, id: idOf(`${name} ${command} ${number} ${canonical(request)}`), version: 0n };
    });
  }

  /** Any input made ready, once for its name. */
  input(name: string, rule: AnyRule, make: () => Pick<Intake, "data" | "id" | "version">): Intake {
    let intake = this.#intakes.get(name);
    if (intake === undefined) {
      const { data, id, version } = make();
      intake = this.ground.intake(rule, data, id, version);
      this.#intakes.set(name, intake);
    }
    return intake;
  }

  /** The state after a turn (none for a step that decides nothing) and its mark; the same one when nothing changes. */
  after(local: Local, turn: Turn | undefined, mark: Mark): Local {
    const rows = turn === undefined || turn.writes.length === 0 ? local.rows : written(local.rows, turn);
    const said = turn === undefined || turn.facts.length === 0 ? local.said : this.#saying(local.said, turn.facts);
    const next = { rows, said, heard: mark.heard ?? local.heard, lost: mark.lost ?? local.lost };
    const asked = mark.asked ?? local.asked;
    const effects = (turn?.effects ?? []).reduce(wishing, mark.effects ?? local.effects);
    return this.#intern({ ...next, asked, effects }, (content) => this.#wrong(local, turn, content));
  }

  #saying(said: number, facts: readonly number[]): number {
    const all = facts.reduce(including, this.said.get(said));
    return this.said.number(all.join(","), () => all);
  }

  #intern(content: Content, wrong: (content: Content) => Trouble | undefined): Local {
    const { rows, heard, lost, said, effects, asked } = content;
    const key = `${rows.join(",")}|${heard.join(",")}|${lost.join(",")}|${said}|${effects.join(",")}|${asked.join(",")}`;
    const number = this.#states.number(key, (fresh) => {
      const caches = { own: undefined, deliveries: [], outcomes: new Map<number, Arc>() };
      return { number: fresh, ...content, trouble: wrong(content), ...caches };
    });
    return this.#states.get(number);
  }

  /** The first rule that a new state breaks, or the first law that the turn to it does. */
  #wrong(before: Local, turn: Turn | undefined, content: Content): Trouble | undefined {
    for (const { name, broken } of this.rules) {
      const message = broken(databaseOf(this.ground, this.registry, content, this.said.get(content.said)));
      if (message !== undefined) return { rule: name, message };
    }
    return this.#twice(content.effects) ?? (this.lawful ? this.#again(before, turn, content) : undefined);
  }

  #twice(effects: readonly number[]): Trouble | undefined {
    const keys = effects.map((code) => this.registry.effects.get(code >> 2).key);
    const key = keys.find((one, index) => keys.indexOf(one) !== index);
    return key === undefined ? undefined : { rule: laws.key, message: `${key} is two effects with different inputs` };
  }

  /** Hears again what may come to something else now: what touches a row that has changed, and what is new. */
  #again(before: Local, turn: Turn | undefined, { heard, asked, rows }: Content): Trouble | undefined {
    const names = new Set<string>();
    for (const fact of heard) if (!before.heard.includes(fact)) this.#note(names, `f${fact}`, this.fact(fact));
    for (const ask of asked) if (!before.asked.includes(ask)) this.#note(names, `a${ask}`, this.ask(ask));
    for (const [cell] of turn?.writes ?? []) for (const name of this.#touching.get(cell) ?? []) names.add(name);
    for (const name of names) {
      const number = Number(name.slice(1));
      const fact = name.startsWith("f");
      if (!(fact ? heard : asked).includes(number)) continue;
      const trouble = fact ? this.#heardAgain(number, rows) : this.#askedAgain(number, rows);
      if (trouble !== undefined) return trouble;
    }
    return undefined;
  }

  #note(names: Set<string>, name: string, intake: Intake | undefined): void {
    names.add(name);
    for (const cell of intake?.cells ?? []) {
      const touching = this.#touching.get(cell) ?? new Set();
      this.#touching.set(cell, touching.add(name));
    }
  }

  #heardAgain(number: number, rows: readonly number[]): Trouble | undefined {
    const intake = this.fact(number);
    if (intake?.rule.kind !== "reaction" || intake.rule.guard === "once") return undefined;
    const turn = this.ground.take(intake, rows);
    if (idle(turn) && turn.failure === undefined) return undefined;
    const what = `${this.ground.definition.name} hears ${this.registry.facts.get(number).label} again, and`;
    return { rule: laws.redelivery, message: `${what} ${this.tell(turn, rows)}` };
  }

  #askedAgain(number: number, rows: readonly number[]): Trouble | undefined {
    const ask = this.asks.get(number);
    if (ask?.repeats === false) return undefined;
    const turn = this.ground.take(this.ask(number), rows);
    if (idle(turn) && turn.failure === undefined) return undefined;
    return { rule: laws.repeat, message: `${ask?.command} is given again, and ${this.tell(turn, rows)}` };
  }

  /** Whether no rule is broken by these rows, all else left aside. */
  sound(rows: readonly number[]): boolean {
    return this.rules.every(
      ({ broken }) =>
        broken(databaseOf(this.ground, this.registry, { rows, effects: [], heard: [] }, [])) === undefined,
    );
  }

  /** What differs between two states, for people: a line each. */
  changes(before: Local, after: Local): string[] {
    const rows = after.rows.flatMap((row, cell) => {
      const old = before.rows[cell] ?? 0;
      return row === old ? [] : [this.#change(cell, old, row)];
    });
    const known = this.said.get(before.said);
    const said = this.said.get(after.said).filter((fact) => !known.includes(fact));
    const wished = after.effects.filter((code) => !before.effects.some((old) => old >> 2 === code >> 2));
    return [
      ...rows,
      ...said.map((fact) => `announces ${this.registry.facts.get(fact).label}`),
      ...wished.map((code) => `asks for ${this.registry.effects.get(code >> 2).key}`),
    ];
  }

  /** A state as one text, the same in every run: its rows, what it has said and wished for. */
  text({ rows, said, effects }: Local): string {
    const { rows: kept, facts, effects: wished } = this.registry;
    const filled = rows.flatMap((row, cell) => {
      const { table, key } = this.ground.cells.get(cell);
      return row === 0 ? [] : [`${table.name}/${key} ${canonical(kept.get(row))}`];
    });
    const announced = this.said.get(said).map((fact) => facts.get(fact).label);
    const wishes = effects.map((code) => `${wished.get(code >> 2).key} ${code & 3}`);
    return [filled, announced, wishes].map((list) => list.sort().join(" ")).join("; ");
  }

  /** What a turn comes to on these rows, for people. */
  tell(turn: Turn, rows: readonly number[]): string {
    if (turn.failure !== undefined) return `it fails: ${turn.failure}`;
    const { facts, effects } = this.registry;
    const changed = turn.writes.map(([cell, row]) => `changes ${this.#change(cell, rows[cell] ?? 0, row)}`);
    const announced = turn.facts.map((fact) => `announces ${facts.get(fact).label}`);
    const wished = turn.effects.map((effect) => `asks for ${effects.get(effect).key}`);
    return [...announced, ...wished, ...changed].join(", ");
  }

  #change(cell: number, old: number, row: number): string {
    const { table, key } = this.ground.cells.get(cell);
    const { rows } = this.registry;
    const changed = table.changes(old === 0 ? undefined : rows.get(old).row, rows.get(row).row);
    return `${table.name}/${key}: ${canonical(changed.after).replace(/@(-?\d+)/g, moment)}`;
  }
}

/** A moment for people: in seconds from the clock that stands still. */
function moment(_: string, at: string): string {
  const seconds = (Number(at) - start) / 1_000;
  return seconds === 0 ? "now" : `${seconds > 0 ? "+" : ""}${seconds}s`;
}

function written(rows: readonly number[], { writes }: Turn): readonly number[] {
  const next = [...rows];
  for (const [cell, row] of writes) {
    while (next.length < cell) next.push(0);
    next[cell] = row;
  }
  return next;
}

function wishing(effects: readonly number[], effect: number): readonly number[] {
  return effects.some((code) => code >> 2 === effect) ? effects : including(effects, effect * 4 + pending);
}
