// Every distinct row, fact, effect, answer and step of an exploration, once, under a small number.

import { canonical, idOf } from "./canonical.js";
import type { Announced } from "../fold.js";
import type { AnyEffectRequest } from "../inputs.js";
import type { AnyFactType } from "../service.js";

/** Gives each text one number, counted from 0, and keeps what was first said under it. */
export class Register<Value> {
  readonly values: Value[] = [];
  readonly #numbers = new Map<string, number>();

  /** The number of a text; `make` is asked for the value when the text is new. */
  number(text: string, make: (number: number) => Value): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    const number = this.values.length;
    this.#numbers.set(text, number);
    this.values.push(make(number));
    return number;
  }

  /** What has this number. Throws RangeError when nothing has. */
  get(number: number): Value {
    const value = this.values[number];
    if (value === undefined) throw new RangeError(`nothing has the number ${number}`);
    return value;
  }
}

/** A row with the version of its aggregate. */
export interface KeptRow {
  readonly row: Record<string, unknown>;
  readonly version: bigint;
}

/** A fact as its hearers get it: through its bytes. Its identity is its content and version, never a random id. */
export interface KeptFact {
  readonly number: number;
  readonly type: AnyFactType;
  readonly data: unknown;
  readonly subject: string;
  readonly version: bigint;
  readonly id: string;
  readonly label: string;
  /** What is wrong with it by the rules of its fields. */
  readonly violation: string | undefined;
}

/** An effect asked for by a service. */
export interface KeptEffect extends AnyEffectRequest {
  readonly number: number;
  readonly site: number;
}

/** What can happen in one step. */
export type StepKind =
  | "ask"
  | "deliver"
  | "due"
  | "call"
  | "outcome"
  /** Steps that only a broken engine takes. */
  | "fault";

/** One step of a schedule, whatever the state it is taken in. */
export interface Step {
  readonly number: number;
  readonly kind: StepKind;
  /** Who takes it: a service by its name, or the outside. */
  readonly at: string;
  /** Unique among all steps that one state offers, and the same in every run. */
  readonly label: string;
}

type Violations = (fact: AnyFactType, bytes: Uint8Array) => string | undefined;

/** All that is numbered. Row 0 is no row. */
export class Registry {
  readonly rows = new Register<KeptRow>();
  readonly facts = new Register<KeptFact>();
  readonly effects = new Register<KeptEffect>();
  readonly results = new Register<unknown>();
  readonly steps = new Register<Step>();

  constructor(readonly violations: Violations = () => undefined) {
    this.rows.number("", () => ({ row: {}, version: 0n }));
  }

  row(row: Record<string, unknown>, version: bigint): number {
    return this.rows.number(`${version} ${canonical(row)}`, () => ({ row, version }));
  }

  fact({ fact, data, subject, version }: Announced, seen: (value: unknown) => unknown): number {
    const bytes = fact.codec.encode(seen(data)).finish();
    const text = `${fact.name}/${subject} ${version} ${Buffer.from(bytes).toString("latin1")}`;
    return this.facts.number(text, (number) => ({
      number,
      type: fact,
      data: fact.codec.decode(bytes),
      subject,
      version,
      id: idOf(text),
      label: `${fact.name} ${subject} v${version}`,
      violation: this.violations(fact, bytes),
    }));
  }

  effect(site: number, { kind, key, input }: AnyEffectRequest): number {
    return this.effects.number(`${site} ${kind} ${key} ${canonical(input)}`, (number) => {
      return { number, site, kind, key, input };
    });
  }

  result(result: unknown): number {
    return this.results.number(canonical(result), () => result);
  }

  step(kind: StepKind, at: string, label: string): number {
    return this.steps.number(label, (number) => ({ number, kind, at, label }));
  }
}
