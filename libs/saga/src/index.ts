// Sagas as tables of steps: declared, conducted, kept and read.
export type { About, Because, Decider, SagaOptions, StepOptions } from "./declare.js";
export { drawing } from "./draw.js";
export type { Drawn, DrawingOptions } from "./draw.js";
export { IllegalTransition, machine, transition } from "./machine.js";
export type { MachineEvent, Status } from "./machine.js";
export type { RetryPolicy } from "./plan.js";
export { countSagas, findSaga, listSagas, readLog } from "./read.js";
export type { SagaFilter } from "./read.js";
export { saga } from "./saga.js";
export type { SagaInputs } from "./saga.js";
export type { Alarm } from "./sending.js";
export { evolve, replay } from "./state.js";
export type { CompensationState, Entry, EntryKind, Saga, StepResult, StepState } from "./state.js";
export { sagaTables } from "./table.js";
export type { SagaTables } from "./table.js";
