// One decision in the making: the entries it logs, the state they lead to, and what it sends.

import type { Context } from "@pavane/kernel";
import type { MachineEvent } from "./machine.js";
import { type Plan, type Step, usualRetry, usualTimeout } from "./plan.js";
import { type Beginning, type Entry, type EntryKind, evolve, type Saga, type StepResult } from "./state.js";

/** What a decision sends: a command of a step, the wish to cancel, or the end of the saga. */
export type Sending =
  | { readonly what: "step" | "compensation"; readonly step: string; readonly number: number }
  | { readonly what: "cancel"; readonly code: string; readonly reason: string }
  | { readonly what: "completed" | "compensated" | "failed" };

/** What a decision has come to. */
export interface Taken<Data> {
  readonly saga: Saga<Data>;
  readonly entries: readonly Entry<Data>[];
  readonly sends: readonly Sending[];
}

/** What an entry says beside what follows from the state. */
export interface Said<Data> {
  readonly event?: MachineEvent;
  readonly step?: string;
  readonly code?: string;
  readonly reason?: string;
  /** Seconds until what is asked for is late. */
  readonly within?: number;
  readonly begins?: Beginning;
  readonly data?: Data;
}

/** Why a saga compensates or is cancelled. */
export interface Why {
  readonly code: string;
  readonly reason: string;
}

/** The course of one decision. Lives as long as the decision is taken; nothing outside sees it change. */
export class Course<Data> {
  readonly entries: Entry<Data>[] = [];
  readonly sends: Sending[] = [];
  #saga: Saga<Data> | undefined;

  constructor(
    readonly plan: Plan<Data>,
    readonly sagaId: string,
    saga: Saga<Data> | undefined,
    readonly context: Context,
  ) {
    this.#saga = saga;
  }

  /** The saga as the entries so far leave it. */
  get saga(): Saga<Data> {
    if (this.#saga === undefined) throw new Error(`saga ${this.sagaId} has not begun`);
    return this.#saga;
  }

  /** Logs an entry. Throws IllegalTransition when the machine does not take its event. */
  log(kind: EntryKind, said: Said<Data> = {}): void {
    const { event, step = "", code = "", reason = "", within, begins, data } = said;
    const { now, id } = this.context;
    const number = (this.#saga?.logged ?? 0n) + 1n;
    const entry: Entry<Data> = {
      ...{ entryId: `${this.sagaId}/${number}`, sagaId: this.sagaId, number, kind, event, step, code, reason },
      ...{ createTime: now, causeId: id, begins, data, attempt: 1, status: "INITIAL" },
      dueTime: within === undefined ? undefined : new Date(now.getTime() + Math.round(within * 1000)),
    };
    this.#saga = evolve(this.#saga, entry);
    const { attempt, status } = this.#saga;
    this.entries.push({ ...entry, attempt, status });
  }

  /** Asks for a step, or for its compensation. */
  ask(what: "step" | "compensation", name: string, within: number): void {
    this.log(what === "step" ? "STEP_SENT" : "COMPENSATION_SENT", { step: name, within });
    const number = this.saga.steps.findIndex((step) => step.name === name) + 1;
    this.sends.push({ what, step: name, number });
  }

  send(sending: Sending): void {
    this.sends.push(sending);
  }

  /** How a step is declared now; one that was declared when the saga began, and is no more, keeps the usual. */
  declared(name: string): Step<Data> {
    const declared = this.plan.steps.find((step) => step.name === name);
    return declared ?? { name, timeout: usualTimeout, retry: usualRetry, when: undefined };
  }

  /** What a step has come to; undefined when the saga has no such step. */
  result(name: string): StepResult | undefined {
    return this.#saga?.steps.find((step) => step.name === name);
  }

  taken(): Taken<Data> {
    return { saga: this.saga, entries: this.entries, sends: this.sends };
  }
}
