// How a saga is declared: a table of steps whose every message the compiler holds against the catalogue.

import type { Catalogue } from "@pavane/kernel";
import type { RetryPolicy } from "./plan.js";
import type { SagaTables } from "./table.js";

/** The names of the facts whose payload has all of this. */
export type Having<Facts, Needed> = {
  readonly [Name in keyof Facts & string]: Facts[Name] extends Needed ? Name : never;
}[keyof Facts & string];

/** The names of the facts that this is a payload of. */
export type Taking<Facts, Payload> = {
  readonly [Name in keyof Facts & string]: Payload extends Facts[Name] ? Name : never;
}[keyof Facts & string];

/** Why something was refused or is undone: a stable code, and words for people. */
export interface Because {
  readonly code: string;
  readonly reason: string;
}

/** One row of a saga's table of steps. */
export interface StepOptions<Data, Command extends string, Answer extends string, Refusal extends string> {
  readonly name: string;
  /** The message that asks for it, and the facts that answer. */
  readonly command: Command;
  readonly succeeds: readonly Answer[];
  readonly fails: readonly Refusal[];
  /** The message that undoes it, and the facts that answer. It is sent also where the step itself never was. */
  readonly compensation: Command;
  readonly compensated: readonly Answer[];
  /** Seconds until it is late; 30 by default. */
  readonly timeout?: number;
  readonly retry?: RetryPolicy;
  /** Whether this saga needs it; its compensation is sent in any case. */
  readonly when?: (data: Data) => boolean;
}

/** Somebody else who decides how it ends: the saga asks to cancel, and hears what was decided. */
export interface Decider<Wish extends string, Answer extends string, Refusal extends string> {
  readonly cancel: Wish;
  readonly completes: Answer;
  readonly cancels: Refusal;
}

/** What the messages of a saga are about. */
export interface About<Data> {
  readonly sagaId: string;
  readonly data: Data;
}

/** What is left of a declaration once the compiler has checked its names. */
export interface Declared<Data> {
  readonly tables: SagaTables<Data>;
  readonly starts: string;
  readonly steps: readonly StepOptions<Data, string, string, string>[];
  readonly decider?: Decider<string, string, string>;
  /** The facts that tell its end. */
  readonly completed: string;
  readonly compensated: string;
  readonly userIdOf: (data: Data) => string;
  /** What its messages carry: commands, the wish to cancel, and the two facts of its end. */
  readonly ask: (about: About<Data> & { readonly step: number }) => unknown;
  readonly wish?: (about: About<Data> & Because) => unknown;
  readonly done: (about: About<Data>) => unknown;
  readonly undone: (about: About<Data> & Because & { readonly attempts: number }) => unknown;
}

/** What a saga is declared with. */
export interface SagaOptions<Facts extends object, Data, Heard, Asked, Wish, Done, Undone> extends Declared<Data> {
  readonly catalogue: Catalogue<Facts>;
  readonly starts: Having<Facts, Heard>;
  readonly steps: readonly StepOptions<
    Data,
    Taking<Facts, Asked>,
    Having<Facts, Heard>,
    Having<Facts, Heard & Because>
  >[];
  /** Without one a rejection or a timeout makes it compensate, and the success of the last step completes it. */
  readonly decider?: Decider<Taking<Facts, Wish>, Having<Facts, Heard>, Having<Facts, Heard & Because>>;
  readonly completed: Taking<Facts, Done>;
  readonly compensated: Taking<Facts, Undone>;
  /** Whether a fact is about such a saga at all; one that is not changes nothing. */
  readonly concerns?: (fact: Heard) => boolean;
  readonly idOf: (fact: Heard) => string;
  readonly dataOf: (fact: Heard) => Data;
  readonly ask: (about: About<Data> & { readonly step: number }) => Asked;
  readonly wish?: (about: About<Data> & Because) => Wish;
  readonly done: (about: About<Data>) => Done;
  readonly undone: (about: About<Data> & Because & { readonly attempts: number }) => Undone;
}
