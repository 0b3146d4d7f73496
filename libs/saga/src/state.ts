// A saga's state, which is what its log says: every change is an entry, and the state is the entries taken in order.

import { type MachineEvent, type Status, transition } from "./machine.js";

/** SKIPPED: not needed for this saga. A step that TIMED_OUT and is answered late is what the answer says. */
export type StepState = "PENDING" | "SKIPPED" | "SENT" | "SUCCEEDED" | "REJECTED" | "TIMED_OUT";

/** GIVEN_UP: asked for as often as the policy says and not answered; who was asked carries it out all the same. */
export type CompensationState = "NONE" | "SENT" | "SUCCEEDED" | "GIVEN_UP";

/** What came of a step. */
export interface StepResult {
  readonly name: string;
  readonly state: StepState;
  /** Why it was rejected; empty when it was not. */
  readonly code: string;
  readonly reason: string;
  readonly compensation: CompensationState;
  /** How often its compensation was asked for in this attempt. */
  readonly tries: number;
}

/** A saga. Its version, beside the row, counts what it announced; `logged` counts its log. */
export interface Saga<Data> {
  readonly sagaId: string;
  /** Whose it is. */
  readonly userId: string;
  readonly status: Status;
  /** From 1; another begins when a FAILED saga is taken up again. */
  readonly attempt: number;
  /** In the order in which they are asked for: those that the saga was started with, whatever is declared by now. */
  readonly steps: readonly StepResult[];
  /** The step whose answer it waits for; empty when it waits for none. */
  readonly current: string;
  readonly cancelAsked: boolean;
  /** Why it compensates; empty while it does not. */
  readonly code: string;
  readonly reason: string;
  /** What it is about: carried by all that it sends. */
  readonly data: Data;
  /** The number of its last entry. */
  readonly logged: bigint;
  readonly createTime: Date;
  readonly updateTime: Date;
  /** When what it waits for is late. */
  readonly dueTime: Date | undefined;
  readonly endTime: Date | undefined;
}

/** What can happen to a saga. */
export type EntryKind =
  | "STARTED"
  | "STEP_SENT"
  | "STEP_SUCCEEDED"
  | "STEP_REJECTED"
  | "STEP_TIMED_OUT"
  | "CANCEL_ASKED"
  | "COMPLETED"
  | "COMPENSATING"
  | "COMPENSATION_SENT"
  | "COMPENSATION_SUCCEEDED"
  | "COMPENSATION_GIVEN_UP"
  | "COMPENSATED"
  | "FAILED";

/** One entry of a saga's log. Never changed, never removed. */
export interface Entry<Data> {
  /** `saga/number`: two writers that read the same state collide here, whatever else they write. */
  readonly entryId: string;
  readonly sagaId: string;
  /** Gapless, from 1. */
  readonly number: bigint;
  readonly attempt: number;
  readonly kind: EntryKind;
  /** What the machine was fed; undefined where it was not. */
  readonly event: MachineEvent | undefined;
  /** The status afterwards. */
  readonly status: Status;
  /** Empty where it is about the whole saga. */
  readonly step: string;
  readonly code: string;
  readonly reason: string;
  /** When what was asked for is late. */
  readonly dueTime: Date | undefined;
  readonly createTime: Date;
  /** The id of the message, call or due row it came from. */
  readonly causeId: string;
  /** Of the first entry: what the saga begins with. */
  readonly begins: Beginning | undefined;
  readonly data: Data | undefined;
}

/** What the first entry of a saga holds beside its data. */
export interface Beginning {
  readonly userId: string;
  readonly steps: readonly StepResult[];
}

/** A saga from its log. Throws on a gap, and on what the machine does not take. */
export function replay<Data>(log: readonly Entry<Data>[]): Saga<Data> | undefined {
  return log.reduce<Saga<Data> | undefined>(evolve, undefined);
}

/** A saga after one more entry. Throws IllegalTransition, and Error on an entry that is not the next. */
export function evolve<Data>(saga: Saga<Data> | undefined, entry: Entry<Data>): Saga<Data> {
  if (entry.number !== (saga?.logged ?? 0n) + 1n) {
    throw new Error(`entry ${entry.entryId} does not follow entry ${saga?.logged ?? 0n} of its saga`);
  }
  const before = entry.kind === "STARTED" ? begun(saga, entry) : saga;
  if (before === undefined) throw new Error(`the log of saga ${entry.sagaId} begins with ${entry.kind}`);
  const status = entry.event === undefined ? before.status : transition(before.status, entry.event);
  return {
    ...before,
    ...changes(before, entry),
    ...{ status, logged: entry.number, updateTime: entry.createTime },
  };
}

/** A new saga, or an old one at the start of its next attempt: with a machine of its own either way. */
function begun<Data>(saga: Saga<Data> | undefined, entry: Entry<Data>): Saga<Data> {
  if (saga !== undefined) {
    const steps = saga.steps.map((step) => ({ ...step, tries: 0 }));
    return { ...saga, steps, status: "INITIAL", attempt: saga.attempt + 1, endTime: undefined };
  }
  const { sagaId, begins, data, createTime } = entry;
  if (begins === undefined || data === undefined) throw new Error(`the first entry of saga ${sagaId} is incomplete`);
  return {
    ...{ sagaId, userId: begins.userId, status: "INITIAL", attempt: 1, steps: begins.steps, current: "" },
    ...{ cancelAsked: false, code: "", reason: "", data, logged: 0n, createTime, updateTime: createTime },
    ...{ dueTime: undefined, endTime: undefined },
  };
}

function changes<Data>(saga: Saga<Data>, entry: Entry<Data>): Partial<Saga<Data>> {
  const { kind, step, code, reason, dueTime, event, createTime } = entry;
  const waits = { current: step, dueTime };
  const idle = { current: "", dueTime: undefined };
  const mark = (change: Partial<StepResult>) => ({ steps: marked(saga, step, change) });
  switch (kind) {
    case "STARTED":
      return {};
    case "STEP_SENT":
      return { ...mark({ state: "SENT" }), ...waits };
    case "STEP_SUCCEEDED":
      // Late answers never reach the machine, and nobody waited for them.
      return { ...mark({ state: "SUCCEEDED" }), ...(event === undefined ? {} : idle) };
    case "STEP_REJECTED":
      return { ...mark({ state: "REJECTED", code, reason }), ...(saga.status === "EXECUTING" ? idle : {}) };
    case "STEP_TIMED_OUT":
      return { ...mark({ state: "TIMED_OUT" }), dueTime: undefined };
    case "CANCEL_ASKED":
      return { cancelAsked: true, dueTime: undefined };
    case "COMPENSATING":
      return { ...idle, code, reason };
    case "COMPENSATION_SENT":
      return { ...mark({ compensation: "SENT", tries: triesOf(saga, step) + 1 }), ...waits };
    case "COMPENSATION_SUCCEEDED":
      return { ...mark({ compensation: "SUCCEEDED" }), ...(saga.current === step ? idle : {}) };
    case "COMPENSATION_GIVEN_UP":
      return { ...mark({ compensation: "GIVEN_UP" }), ...idle };
    case "COMPLETED":
    case "COMPENSATED":
    case "FAILED":
      return { ...idle, endTime: createTime };
  }
}

function marked<Data>({ steps, sagaId }: Saga<Data>, name: string, change: Partial<StepResult>): StepResult[] {
  if (!steps.some((step) => step.name === name)) throw new Error(`saga ${sagaId} has no step ${name}`);
  return steps.map((step) => (step.name === name ? { ...step, ...change } : step));
}

function triesOf<Data>({ steps }: Saga<Data>, name: string): number {
  return steps.find((step) => step.name === name)?.tries ?? 0;
}
