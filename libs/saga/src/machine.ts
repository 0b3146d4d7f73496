// The state machine of one attempt of a saga, as data.

/** Where a saga stands. Nothing leaves COMPLETED, COMPENSATED or FAILED: a retry is another attempt with its own machine. */
export type Status = "INITIAL" | "EXECUTING" | "COMPLETED" | "COMPENSATING" | "COMPENSATED" | "FAILED";

/** What the machine is fed. */
export type MachineEvent =
  | "START"
  | "SUCCESS"
  | "COMPLETE"
  | "FAIL"
  | "TIMEOUT"
  | "COMPENSATE_SUCCESS"
  | "COMPENSATE_COMPLETE"
  | "COMPENSATE_FAIL";

/** Every legal pair of status and event, with the status it leads to. */
export const machine: Readonly<Record<Status, Readonly<Partial<Record<MachineEvent, Status>>>>> = {
  INITIAL: { START: "EXECUTING" },
  EXECUTING: { SUCCESS: "EXECUTING", COMPLETE: "COMPLETED", FAIL: "COMPENSATING", TIMEOUT: "COMPENSATING" },
  COMPENSATING: {
    COMPENSATE_SUCCESS: "COMPENSATING",
    COMPENSATE_COMPLETE: "COMPENSATED",
    COMPENSATE_FAIL: "FAILED",
  },
  COMPLETED: {},
  COMPENSATED: {},
  FAILED: {},
};

/** A pair that the machine does not have: names the status, the event, and the status that the event leads to. */
export class IllegalTransition extends Error {
  override readonly name = "IllegalTransition";

  constructor(
    readonly from: Status,
    readonly event: MachineEvent,
  ) {
    super(`a saga that is ${from} does not take ${event}, which leads to ${targetOf(event)}`);
  }
}

/** The status that an event leads to. Throws IllegalTransition. */
export function transition(from: Status, event: MachineEvent): Status {
  const to = machine[from][event];
  if (to === undefined) throw new IllegalTransition(from, event);
  return to;
}

function targetOf(event: MachineEvent): Status {
  // Every event leads to one status, wherever it is taken.
  return Object.values(machine).find((taken) => taken[event] !== undefined)?.[event] ?? "INITIAL";
}
