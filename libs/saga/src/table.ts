// The tables of sagas and their logs, as `saga.sql` creates them.

import type { Codec } from "@pavane/kernel";
import {
  bool,
  type Column,
  int4,
  int8,
  json,
  message,
  optional,
  type Table,
  table,
  text,
  time,
  word,
} from "@pavane/store";
import type { MachineEvent, Status } from "./machine.js";
import type { Beginning, Entry, EntryKind, Saga, StepResult } from "./state.js";

/** The two tables. A service lists them in this order: the order in which rows are locked. */
export interface SagaTables<Data> {
  readonly sagas: Table<Saga<Data>>;
  readonly log: Table<Entry<Data>>;
}

/** The tables of sagas about a kind of data, kept as the bytes of its codec. What a saga sends is of aggregate `saga`. */
export function sagaTables<Data>(codec: Pick<Codec<Data>, "encode" | "decode">): SagaTables<Data> {
  const data: Column<Data> = message(codec);
  return { sagas: sagaTable(data), log: logTable(data) };
}

function sagaTable<Data>(data: Column<Data>): Table<Saga<Data>> {
  return table("saga", {
    key: "sagaId",
    aggregate: "saga",
    due: "dueTime",
    columns: {
      sagaId: text,
      userId: text,
      status: word<Status>(),
      attempt: int4,
      steps: json<readonly StepResult[]>(),
      current: text,
      cancelAsked: bool,
      code: text,
      reason: text,
      data,
      logged: int8,
      createTime: time,
      updateTime: time,
      dueTime: optional(time),
      endTime: optional(time),
    },
  });
}

function logTable<Data>(data: Column<Data>): Table<Entry<Data>> {
  return table("saga_log", {
    key: "entryId",
    columns: {
      entryId: text,
      sagaId: text,
      number: int8,
      attempt: int4,
      kind: word<EntryKind>(),
      event: optional(word<MachineEvent>()),
      status: word<Status>(),
      step: text,
      code: text,
      reason: text,
      dueTime: optional(time),
      createTime: time,
      causeId: text,
      begins: optional(json<Beginning>()),
      data: optional(data),
    },
  });
}
