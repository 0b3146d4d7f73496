// The programming model: a service's inputs as data, checked by the compiler against the catalogue of facts.

import type { Announcement, Catalogue, Context, Decision, EffectRequest } from "@pavane/kernel";
import type { Table } from "@pavane/store";
import { type AfterOf, type AnyTable, erased, type NextOf, type Slots, type StateOf } from "./slots.js";

/** How a fact is guarded against being heard twice. */
export type Guard =
  /** By the state of its rows alone: commutes with duplicates of itself, claims nothing, waits for nothing. */
  | "commutes"
  /** By a claim in the inbox: its decision is taken once for each event id. */
  | "once";

/** A decision whose types no longer matter: what the interpreters run. */
export type AnyDecision = Decision<Readonly<Record<string, unknown>>, Announcement<string, unknown>, AnyEffectRequest>;

/** An effect as the engine keeps it: its input is a JSON value. */
export type AnyEffectRequest = EffectRequest<string, unknown>;

/** What every kind of input is: the facts it may announce, the rows it needs, the decision. */
export interface Rule {
  readonly announces: readonly string[];
  readonly slots: Slots<never>;
  decide(state: unknown, input: unknown, context: Context): AnyDecision;
}

/** A row of a service's table of reactions: what it does on hearing a fact. */
export interface Reaction extends Rule {
  readonly kind: "reaction";
  readonly on: string;
  readonly guard: Guard;
  /** Whether a fact concerns it at all: one that does not is acknowledged as it comes, without a transaction. */
  readonly concerns?: (fact: unknown) => boolean;
}

/** A write asked for by a caller: a rule with an answer. */
export interface Command<Request, Response> extends Rule {
  readonly kind: "command";
  respond(state: unknown, request: unknown): unknown;
  /** Types only; never there at run time. */
  readonly types?: { readonly takes: (request: Request) => void; readonly response: Response };
}

/** A time that has come for a row of a table declared with `due`. Its input is the row's key. */
export interface Due extends Rule {
  readonly kind: "due";
  readonly name: string;
  readonly table: AnyTable;
}

/** A kind of call to the outside world. Input and result are JSON values: no bigint, no Date. */
export interface Effect<Kind extends string, Input, Result> {
  readonly kind: Kind;
  readonly types?: { readonly input: Input; readonly result: Result };
}

/** An effect whose outcome is known. */
export interface Done<Input, Result> {
  readonly key: string;
  readonly input: Input;
  readonly result: Result;
}

/** What a service does once the outcome of an effect is known. */
export interface Outcome extends Rule {
  readonly kind: "outcome";
  readonly effect: string;
}

/** Any row of a service's tables of inputs. */
export type AnyRule = Reaction | Command<never, unknown> | Due | Outcome;

/** Declares a kind of effect. */
export function effect<Input, Result>() {
  return <const Kind extends string>(kind: Kind): Effect<Kind, Input, Result> => ({ kind });
}

/** A fact of a catalogue to announce: one of those named. */
export type EventOf<Facts, Name extends keyof Facts & string> = {
  readonly [N in Name]: Announcement<N, Facts[N]>;
}[Name];

/** A decision over the rows of its slots that announces only what its row lists. */
export type Decides<Facts, S, Input, Out extends readonly (keyof Facts & string)[]> = (
  state: StateOf<S>,
  input: Input,
  context: Context,
) => Decision<NextOf<S>, EventOf<Facts, Out[number]>, AnyEffectRequest>;

type React<Facts> = <
  const In extends keyof Facts & string,
  const Out extends readonly (keyof Facts & string)[],
  S extends Slots<Facts[In]>,
>(
  on: In,
  announces: Out,
  slots: S,
  decide: Decides<Facts, S, Facts[In], Out> & {
    /** A decision may say itself which facts it concerns; all of them where it does not. */
    readonly concerns?: (fact: Facts[In]) => boolean;
  },
) => Reaction;

/** The words to write tables of inputs in. */
export interface Vocabulary<Facts extends object> {
  /** On a fact, by the state of the rows alone: safe under any number and order of deliveries. */
  readonly commutes: React<Facts>;
  /** On a fact, claimed in the inbox: taken once for each event id. */
  readonly once: React<Facts>;

  /** On a caller's request; `respond` makes the answer from the rows as the decision left them. */
  readonly command: <const Out extends readonly (keyof Facts & string)[], Request, S extends Slots<Request>, Response>(
    announces: Out,
    slots: S,
    decide: Decides<Facts, S, Request, Out>,
    respond: (state: AfterOf<S>, request: Request) => Response,
  ) => Command<Request, Response>;

  /** When the time of a row has come; its input is that row's key. The decision looks again whether it is due. */
  readonly due: <Row extends object, const Out extends readonly (keyof Facts & string)[], S extends Slots<string>>(
    name: string,
    table: Table<Row>,
    announces: Out,
    slots: S,
    decide: Decides<Facts, S, string, Out>,
  ) => Due;

  /** When the outcome of an effect is known; taken once, onto an effect that still waits for it. */
  readonly outcome: <
    Kind extends string,
    Input,
    Result,
    const Out extends readonly (keyof Facts & string)[],
    S extends Slots<Done<Input, Result>>,
  >(
    of: Effect<Kind, Input, Result>,
    announces: Out,
    slots: S,
    decide: Decides<Facts, S, Done<Input, Result>, Out>,
  ) => Outcome;
}

/** The words over one catalogue of facts. What they check is checked by the compiler; what they make is plain data. */
export function vocabulary<Facts extends object>(_catalogue: Catalogue<Facts>): Vocabulary<Facts> {
  return {
    commutes: (on, announces, slots, decide) => reaction("commutes", on, announces, slots, decide),
    once: (on, announces, slots, decide) => reaction("once", on, announces, slots, decide),
    command: (announces, slots, decide, respond) => ({
      ...{ kind: "command", announces, slots },
      ...{ decide: decide, respond: respond },
    }),
    due: (name, table, announces, slots, decide) => ({
      ...{ kind: "due", name, table: erased(table), announces, slots },
      decide: decide,
    }),
    outcome: (of, announces, slots, decide) => ({
      ...{ kind: "outcome", effect: of.kind, announces, slots },
      decide: decide,
    }),
  };
}

function reaction(
  guard: Guard,
  on: string,
  announces: readonly string[],
  slots: Slots<never>,
  decide: unknown,
): Reaction {
  // The engine hands a reaction the fact it is declared for.
  const { concerns } = decide as Pick<Reaction, "concerns">;
  const rule = { kind: "reaction", guard, on, announces, slots, decide: decide as Rule["decide"] } as const;
  return concerns === undefined ? rule : { ...rule, concerns };
}
