// What a saga sends: the messages a decision comes to, and which of them each of its inputs may send.

import type { AnyDecision } from "@pavane/choreography";
import type { Announcement } from "@pavane/kernel";
import type { Sending, Taken } from "./course.js";
import type { Declared } from "./declare.js";
import type { Saga } from "./state.js";

/** The kind of effect that tells that a saga FAILED: its adapter is to be loud. */
export const alarm = "alarm";

/** What an alarm tells. */
export interface Alarm {
  readonly sagaId: string;
  readonly attempt: number;
  /** The steps whose compensation was not answered. */
  readonly open: readonly string[];
}

/** A decision of the saga as the engine takes it. */
export function decisionOf<Data>(declared: Declared<Data>, taken: Taken<Data> | undefined): AnyDecision {
  if (taken === undefined) return {};
  const { saga, entries, sends } = taken;
  return {
    next: { saga, log: entries },
    events: sends.flatMap((sending) => messagesOf(declared, saga, sending)),
    effects: sends.some(({ what }) => what === "failed") ? [alarmOf(saga)] : [],
  };
}

function messagesOf<Data>(
  declared: Declared<Data>,
  saga: Saga<Data>,
  sending: Sending,
): Announcement<string, unknown>[] {
  const { sagaId, data, code, reason, attempt: attempts } = saga;
  switch (sending.what) {
    case "step":
    case "compensation": {
      const row = declared.steps.find(({ name }) => name === sending.step);
      if (row === undefined) throw new Error(`saga ${sagaId} has step ${sending.step}, which is no longer declared`);
      const type = sending.what === "step" ? row.command : row.compensation;
      return [{ type, data: declared.ask({ sagaId, data, step: sending.number }) }];
    }
    case "cancel": {
      const { decider, wish } = declared;
      if (decider === undefined || wish === undefined) throw new Error(`saga ${sagaId} has nobody to ask to cancel`);
      return [{ type: decider.cancel, data: wish({ sagaId, data, code: sending.code, reason: sending.reason }) }];
    }
    case "completed":
      return [{ type: declared.completed, data: declared.done({ sagaId, data }) }];
    case "compensated":
      return [{ type: declared.compensated, data: declared.undone({ sagaId, data, code, reason, attempts }) }];
    case "failed":
      return [];
  }
}

function alarmOf<Data>({ sagaId, attempt, steps }: Saga<Data>) {
  const open = steps.filter(({ compensation }) => compensation !== "SUCCEEDED").map(({ name }) => name);
  const input: Alarm = { sagaId, attempt, open };
  return { kind: alarm, key: `alarm/${sagaId}/${attempt}`, input };
}

/** Which messages each kind of input may send. */
export interface Announcing {
  /** The command of this step, or of a later one where it is skipped; or the end. */
  from(at: number): readonly string[];
  /** The compensations of the steps before this one; and the end. */
  undoing(before: number): readonly string[];
  /** What follows from a step that was refused, or is late, or from the wish to end it. */
  readonly rejected: readonly string[];
  readonly ending: readonly string[];
  /** What may be due. */
  readonly late: readonly string[];
}

/** What the inputs of a saga may send, read off its table of steps. */
export function announcing<Data>({ steps, decider, completed, compensated }: Declared<Data>): Announcing {
  const undoing = (before: number): string[] => [
    ...steps
      .slice(0, before)
      .map(({ compensation }) => compensation)
      .reverse(),
    compensated,
  ];
  const all = undoing(steps.length);
  const ending = decider === undefined ? all : [decider.cancel];
  return {
    from: (at) => {
      const later = steps.slice(at);
      const needed = later.findIndex(({ when }) => when === undefined);
      const next = (needed < 0 ? later : later.slice(0, needed + 1)).map(({ command }) => command);
      return needed < 0 && decider === undefined ? [...next, completed] : next;
    },
    undoing,
    rejected: decider === undefined ? all : [],
    ending,
    late: [...new Set([...ending, ...all])],
  };
}
