// Sagas in the words of the contract.

import {
  CompensationStatus,
  type LogEntry,
  type Saga as SagaMessage,
  SagaStatus,
  type Step,
  StepStatus,
} from "@pavane/contracts/saga";
import type { Purchase } from "@pavane/contracts/purchase";
import type { Entry, Saga, Status, StepResult } from "@pavane/saga";

/** A saga without its log. */
export function toMessage({ data, steps, status, current, ...rest }: Saga<Purchase>): SagaMessage {
  const { sagaId, attempt, cancelAsked, code, reason, createTime, updateTime, dueTime, endTime } = rest;
  return {
    ...{ sagaId, attempt, cancelAsked, code, reason, createTime, updateTime, currentStep: current, purchase: data },
    ...{ status: SagaStatus[status], steps: steps.map(toStep) },
    ...(dueTime === undefined ? {} : { dueTime }),
    ...(endTime === undefined ? {} : { endTime }),
  };
}

/** An entry of its log. */
export function toLogEntry(entry: Entry<Purchase>): LogEntry {
  const { number, createTime, attempt, kind, event = "", status, step, code, reason, dueTime, causeId } = entry;
  const due = dueTime === undefined ? {} : { dueTime };
  return { number, createTime, attempt, kind, event, status: SagaStatus[status], step, code, reason, causeId, ...due };
}

/** The status of a filter; undefined for any. */
export function statusOf(status: SagaStatus): Status | undefined {
  return statuses.find((name) => SagaStatus[name] === status);
}

/** Every status. */
export const statuses = Object.keys(SagaStatus).filter((name) => name !== "UNSPECIFIED") as Status[];

function toStep({ name, state, code, reason, compensation, tries }: StepResult, index: number): Step {
  return {
    ...{ step: index + 1, name, code, reason, tries },
    ...{ status: StepStatus[state], compensation: CompensationStatus[compensation] },
  };
}
