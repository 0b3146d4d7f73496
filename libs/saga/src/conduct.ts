// The decisions that conduct a saga: on its start, on every answer, on what is late, and on what is decided elsewhere. Pure.

import { type Context, Refused, Unexpected } from "@pavane/kernel";
import { Course, type Taken, type Why } from "./course.js";
import { delayOf, type Plan } from "./plan.js";
import type { Saga, StepResult } from "./state.js";

/** A decision: undefined where there is nothing to do. */
type Decided<Data> = Taken<Data> | undefined;
type Known<Data> = Saga<Data> | undefined;

/** The code of what was not answered in time. */
const timedOutCode = "STEP_TIMED_OUT";

/** Begins the saga and asks for its first step. One that has begun stays as it is. */
export function start<Data>(
  plan: Plan<Data>,
  saga: Known<Data>,
  { sagaId, data }: { readonly sagaId: string; readonly data: Data },
  context: Context,
): Decided<Data> {
  if (saga !== undefined) return undefined;
  const course = begun(plan, sagaId, data, context);
  advance(course);
  return course.taken();
}

/** A step is done. The next one is asked for, unless the saga compensates or asked to cancel meanwhile. */
export function succeed<Data>(
  plan: Plan<Data>,
  saga: Known<Data>,
  { sagaId, step }: Answer,
  context: Context,
): Decided<Data> {
  const course = new Course(plan, sagaId, saga, context);
  if (settled(asked(course, step))) return undefined;
  const runs = course.saga.status === "EXECUTING";
  course.log("STEP_SUCCEEDED", { step, ...(runs ? { event: "SUCCESS" } : {}) });
  if (runs && !course.saga.cancelAsked) advance(course);
  return course.taken();
}

/** A step was refused. */
export function reject<Data>(
  plan: Plan<Data>,
  saga: Known<Data>,
  { sagaId, step, code, reason }: Answer & Why,
  context: Context,
): Decided<Data> {
  const course = new Course(plan, sagaId, saga, context);
  if (settled(asked(course, step))) return undefined;
  course.log("STEP_REJECTED", { step, code, reason });
  if (!plan.decided && course.saga.status === "EXECUTING") compensate(course, { code, reason });
  return course.taken();
}

/** A step is compensated: the one before it is next. After FAILED, the last of them opens and ends the next attempt. */
export function compensated<Data>(
  plan: Plan<Data>,
  saga: Known<Data>,
  { sagaId, step }: Answer,
  context: Context,
): Decided<Data> {
  const course = new Course(plan, sagaId, saga, context);
  const result = course.result(step);
  if (result === undefined || result.compensation === "NONE") throw unasked(sagaId, `the compensation of ${step}`);
  if (result.compensation === "SUCCEEDED") return undefined;
  const { status, current } = course.saga;
  const runs = status === "COMPENSATING";
  course.log("COMPENSATION_SUCCEEDED", { step, ...(runs ? { event: "COMPENSATE_SUCCESS" } : {}) });
  if (runs && current === step) goOn(course, step);
  if (status === "FAILED" && course.saga.steps.every(closed)) again(course);
  return course.taken();
}

/** It was decided elsewhere that everything is done. */
export function complete<Data>(
  plan: Plan<Data>,
  saga: Known<Data>,
  { sagaId }: { readonly sagaId: string },
  context: Context,
): Decided<Data> {
  if (saga !== undefined && ended(saga)) return undefined;
  if (saga === undefined) throw unasked(sagaId, "the end of a saga");
  const course = new Course(plan, sagaId, saga, context);
  course.log("COMPLETED", { event: "COMPLETE" });
  course.send({ what: "completed" });
  return course.taken();
}

/** It was decided elsewhere that nothing may remain: also of a saga that has not begun. */
export function fail<Data>(
  plan: Plan<Data>,
  saga: Known<Data>,
  { sagaId, data, code, reason }: { readonly sagaId: string; readonly data: Data } & Why,
  context: Context,
): Decided<Data> {
  if (saga !== undefined && saga.status !== "EXECUTING") return undefined;
  const course = saga === undefined ? begun(plan, sagaId, data, context) : new Course(plan, sagaId, saga, context);
  compensate(course, { code, reason });
  return course.taken();
}

/** The time of what the saga waits for has come. */
export function late<Data>(plan: Plan<Data>, saga: Known<Data>, context: Context): Decided<Data> {
  if (saga?.dueTime === undefined || saga.dueTime > context.now) return undefined;
  const course = new Course(plan, saga.sagaId, saga, context);
  if (saga.status === "EXECUTING") timeOut(course);
  else askAgain(course);
  return course.taken();
}

/** An operator wants what is left open to be asked for again. Refuses SAGA_NOT_FOUND, SAGA_NOT_FAILED. */
export function retry<Data>(
  plan: Plan<Data>,
  saga: Known<Data>,
  request: { readonly sagaId: string },
  context: Context,
): Decided<Data> {
  const { sagaId, status } = found(saga, request);
  if (status === "COMPENSATING") return undefined;
  if (status !== "FAILED") throw new Refused("not_now", "SAGA_NOT_FAILED", `saga ${sagaId} is ${status}`);
  const course = new Course(plan, sagaId, saga, context);
  again(course);
  return course.taken();
}

/** An operator wants the saga to end. Refuses SAGA_NOT_FOUND, SAGA_COMPLETED. */
export function abort<Data>(
  plan: Plan<Data>,
  saga: Known<Data>,
  request: { readonly sagaId: string; readonly reason: string },
  context: Context,
): Decided<Data> {
  const { sagaId, status, cancelAsked } = found(saga, request);
  if (status === "COMPLETED") throw new Refused("not_now", "SAGA_COMPLETED", `saga ${sagaId} is ${status}`);
  if (status !== "EXECUTING" || cancelAsked) return undefined;
  const course = new Course(plan, sagaId, saga, context);
  cancel(course, { code: "CANCELLED_BY_USER", reason: request.reason || "an operator aborted the saga" });
  return course.taken();
}

/** Which step of which saga an answer is to. */
export interface Answer {
  readonly sagaId: string;
  readonly step: string;
}

function begun<Data>(plan: Plan<Data>, sagaId: string, data: Data, context: Context): Course<Data> {
  const course = new Course(plan, sagaId, undefined, context);
  const steps = plan.steps.map(({ name, when }): StepResult => {
    const state = when === undefined || when(data) ? "PENDING" : "SKIPPED";
    return { name, state, code: "", reason: "", compensation: "NONE", tries: 0 };
  });
  course.log("STARTED", { event: "START", begins: { userId: plan.userIdOf(data), steps }, data });
  return course;
}

/** Asks for the next step. After the last, who decides will say; or it is complete. */
function advance<Data>(course: Course<Data>): void {
  const next = course.saga.steps.find(({ state }) => state === "PENDING");
  if (next !== undefined) return course.ask("step", next.name, course.declared(next.name).timeout);
  if (course.plan.decided) return;
  course.log("COMPLETED", { event: "COMPLETE" });
  course.send({ what: "completed" });
}

function timeOut<Data>(course: Course<Data>): void {
  const { current } = course.saga;
  course.log("STEP_TIMED_OUT", { step: current });
  cancel(course, { code: timedOutCode, reason: `step ${current} was not answered in time` });
}

/** Asks who decides to cancel; where nobody else does, compensates at once. */
function cancel<Data>(course: Course<Data>, why: Why): void {
  if (!course.plan.decided) return compensate(course, why);
  course.log("CANCEL_ASKED", why);
  course.send({ what: "cancel", ...why });
}

/** Begins to compensate: every step, also those never asked for, from the last to the first. */
function compensate<Data>(course: Course<Data>, why: Why): void {
  course.log("COMPENSATING", { event: why.code === timedOutCode ? "TIMEOUT" : "FAIL", ...why });
  goOn(course, undefined);
}

/** The next attempt: a machine of its own, in the same saga and log, for what is still open. */
function again<Data>(course: Course<Data>): void {
  const { code, reason } = course.saga;
  course.log("STARTED", { event: "START" });
  compensate(course, { code, reason });
}

/** Asks for the compensation of the next open step below; when there is none, ends the attempt. */
function goOn<Data>(course: Course<Data>, below: string | undefined): void {
  const { steps } = course.saga;
  const end = below === undefined ? steps.length : steps.findIndex(({ name }) => name === below);
  const next = steps.slice(0, end).findLast((step) => !closed(step));
  if (next !== undefined) return askFor(course, next);
  const failed = !steps.every(closed);
  course.log(failed ? "FAILED" : "COMPENSATED", { event: failed ? "COMPENSATE_FAIL" : "COMPENSATE_COMPLETE" });
  course.send({ what: failed ? "failed" : "compensated" });
}

function askFor<Data>(course: Course<Data>, { name, tries }: StepResult): void {
  course.ask("compensation", name, delayOf(course.declared(name).retry, tries + 1));
}

/** The answer to a compensation is late: it is asked for again, or given up. */
function askAgain<Data>(course: Course<Data>): void {
  const { current } = course.saga;
  const result = course.result(current);
  if (result === undefined) throw new Error(`saga ${course.sagaId} waits for a step that it has not`);
  if (result.tries < course.declared(current).retry.tries) return askFor(course, result);
  course.log("COMPENSATION_GIVEN_UP", { step: current });
  goOn(course, current);
}

/** The step that an answer is to. Throws Unexpected when it was never asked for. */
function asked<Data>(course: Course<Data>, name: string): StepResult {
  const result = course.result(name);
  if (result === undefined || result.state === "PENDING" || result.state === "SKIPPED") {
    throw unasked(course.sagaId, `step ${name}`);
  }
  return result;
}

function unasked(sagaId: string, what: string): Unexpected {
  return new Unexpected(`saga ${sagaId} hears of ${what}, which it never asked for`);
}

function settled({ state }: StepResult): boolean {
  return state === "SUCCEEDED" || state === "REJECTED";
}

function closed({ compensation }: StepResult): boolean {
  return compensation === "SUCCEEDED";
}

function ended<Data>({ status }: Saga<Data>): boolean {
  return status === "COMPLETED" || status === "COMPENSATED" || status === "FAILED";
}

function found<Data>(saga: Known<Data>, { sagaId }: { readonly sagaId: string }): Saga<Data> {
  if (saga !== undefined) return saga;
  throw new Refused("not_found", "SAGA_NOT_FOUND", `there is no saga ${sagaId}`);
}
