// What is explored: services, what callers may ask of them, how the outside may answer, and what must hold.

import type { AnyFactType, ServiceDefinition } from "../service.js";

/** Something to explore. */
export interface Scenario {
  readonly name: string;
  readonly services: readonly ServiceDefinition[];
  /** Obeyed one after another, each with all that follows from it, before anything is explored. */
  readonly given?: readonly Ask[];
  /** What callers may ask, at any time, in any order, or never. */
  readonly asks: readonly Ask[];
  /** By kind of effect: what the outside may answer to the first request under a key. Its first answer is final. */
  readonly outside?: Readonly<Record<string, (input: never, key: string) => readonly unknown[]>>;
  /** What holds in every state, of one service's database. */
  readonly always?: readonly Rule[];
  /** What holds in every state, of all that the outside has done. */
  readonly deeds?: readonly DeedRule[];
  /** What holds wherever nothing is left to do. */
  readonly ends?: readonly End[];
  /**
   * Messages may become dead letters, except facts that are retried for ever: then a state in which only they are
   * unheard counts as one where nothing is left to do.
   */
  readonly deadLetters?: boolean;
  /** What is wrong with the bytes of a fact, by the rules of its fields. */
  readonly violations?: (fact: AnyFactType, bytes: Uint8Array) => string | undefined;
  /**
   * Whether facts that come again are steps like any other: without it, that they change nothing is a law, checked in
   * every state. With it, see what else a reaction breaks that does not obey the law.
   */
  readonly redelivers?: boolean;
  /** Promises of the engine that are broken, to see that the rules notice. */
  readonly faults?: Faults;
}

/** A command that a caller may give: once, and then again as often as anyone likes, which must change nothing. */
export interface Ask {
  readonly service: string;
  readonly command: string;
  readonly request: unknown;
  /** False where a repeat is another wish, for example a command without a client's id: it is asked once then. */
  readonly repeats?: boolean;
}

/** What must hold of one service's database after every step. */
export interface Rule {
  readonly name: string;
  /** A service by its name. */
  readonly service: string;
  /** What is wrong; undefined when the rule holds. */
  readonly broken: (database: Database) => string | undefined;
}

/** What must hold of all that the outside has done, after every step. */
export interface DeedRule {
  readonly name: string;
  /** What is wrong; undefined when the rule holds. */
  readonly broken: (deeds: readonly Deed[]) => string | undefined;
}

/** What must hold of the whole wherever nothing is left to do. */
export interface End {
  readonly name: string;
  /** What is wrong; undefined when the rule holds. */
  readonly broken: (world: World) => string | undefined;
}

/** One service's database. */
export interface Database {
  /** The rows of a table, by its name; the caller knows their type. */
  rows<Row extends object>(table: string): readonly Row[];
  /** The facts it has announced; of one type when it is named. */
  facts(type?: string): readonly Said[];
  /** The facts it has handled, of whomever; of one type when it is named. */
  heard(type?: string): readonly Said[];
  /** The effects it asked for. */
  readonly effects: readonly Wish[];
}

/** A fact that was announced. */
export interface Said {
  readonly type: string;
  /** The kind of aggregate it is of, whose id is `subject`. */
  readonly aggregate: string;
  readonly subject: string;
  readonly version: bigint;
  readonly data: unknown;
}

/** An effect that was asked for. */
export interface Wish {
  readonly kind: string;
  readonly key: string;
  readonly input: unknown;
  readonly state: "PENDING" | "DONE" | "ABANDONED";
}

/** What the outside did, once, for one key. */
export interface Deed {
  readonly kind: string;
  readonly key: string;
  readonly input: unknown;
  readonly result: unknown;
}

/** All databases, and all that the outside has done. */
export interface World {
  database(service: string): Database;
  readonly outside: readonly Deed[];
}

/** Promises of the engine that can be broken one by one; a sound system has none of these. */
export interface Faults {
  /** A message is acknowledged before its transaction commits, and the process ends in between: the message is gone. */
  readonly ackBeforeCommit?: boolean;
  /** Facts go to the broker before the transaction commits, and it rolls back. */
  readonly publishBeforeCommit?: boolean;
  /** Nobody looks for rows whose time has come. */
  readonly noSweep?: boolean;
  /** An effect is called once; a process that ends, or an answer that is lost, leaves it for ever. */
  readonly noPickup?: boolean;
  /** Each call of an effect has a key of its own. */
  readonly freshKeys?: boolean;
  /** No answer to an effect of these kinds is taken for this one. */
  readonly noAnswerMeans?: Readonly<Record<string, unknown>>;
  /** An outcome is taken in whether or not its effect still waits for one. */
  readonly outcomesAgain?: boolean;
  /** Services without row locks and version checks: of two facts taken at once, one overwrites what the other has made. */
  readonly staleReads?: readonly string[];
  /** A service keeps an aggregate's later facts behind one that it has not handled. */
  readonly parks?: readonly string[];
}
