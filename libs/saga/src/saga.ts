// A saga declared as a table of steps, turned into the inputs of a service: what it hears, what is due, what is asked of it.

import {
  append,
  type Command,
  type Due,
  effect,
  one,
  type Outcome,
  type Reaction,
  vocabulary,
} from "@pavane/choreography";
import { concerning, type Context } from "@pavane/kernel";
import { abort, compensated, complete, fail, late, reject, retry, start, succeed } from "./conduct.js";
import type { Taken } from "./course.js";
import type { Because, Declared, SagaOptions } from "./declare.js";
import type { Drawn } from "./draw.js";
import { type Plan, usualRetry, usualTimeout } from "./plan.js";
import { type Alarm, alarm, announcing, decisionOf } from "./sending.js";
import type { Saga } from "./state.js";

/** A saga as the inputs of a service. */
export interface SagaInputs<Data> {
  /** What it was declared as, to draw it from. */
  readonly drawn: Drawn;
  readonly reactions: readonly Reaction[];
  readonly dues: readonly Due[];
  readonly outcomes: readonly Outcome[];
  /** Begins another attempt of a FAILED saga. Refuses SAGA_NOT_FOUND, SAGA_NOT_FAILED. */
  retry<Response>(respond: (saga: Saga<Data>) => Response): Command<{ readonly sagaId: string }, Response>;
  /** Wants the saga to end. Refuses SAGA_NOT_FOUND, SAGA_COMPLETED. */
  abort<Response>(
    respond: (saga: Saga<Data>) => Response,
  ): Command<{ readonly sagaId: string; readonly reason: string }, Response>;
}

/** What a saga hears, whatever it is: which saga, about what, to which step, and why. */
interface Said<Data> extends Because {
  readonly sagaId: string;
  readonly data: Data;
  readonly step: string;
}

type Decide<Data, Input> = (
  plan: Plan<Data>,
  saga: Saga<Data> | undefined,
  input: Input,
  context: Context,
) => Taken<Data> | undefined;

/** Makes the inputs of a saga. Every decision is safe under any number of deliveries, by the state of the saga's row. */
export function saga<Facts extends object, Data, Heard extends object, Asked, Wish, Done, Undone>(
  options: SagaOptions<Facts, Data, Heard, Asked, Wish, Done, Undone>,
): SagaInputs<Data> {
  const declared: Declared<Data> = options;
  const { tables, steps, decider, idOf, dataOf, concerns = () => true } = options;
  const plan = planOf(declared);
  const says = announcing(declared);
  // The engine hands a reaction the payload of the fact it is declared for; the declaration has checked that one.
  const slots = { saga: one(tables.sagas, (fact: object) => idOf(fact as Heard)), log: append(tables.log) };
  const row = (on: string, announces: readonly string[], decide: Decide<Data, Said<Data>>, step = ""): Reaction => {
    const taken = (state: unknown, fact: unknown, context: Context) => {
      const heard = fact as Heard;
      const { code = "", reason = "" } = fact as Partial<Because>;
      const said = { sagaId: idOf(heard), data: dataOf(heard), step, code, reason };
      return decisionOf(declared, decide(plan, (state as State<Data>).saga, said, context));
    };
    const about = concerning((fact: unknown) => concerns(fact as Heard), taken);
    return { kind: "reaction", guard: "commutes", on, announces, slots, decide: about, concerns: about.concerns };
  };
  const answers = steps.flatMap((step, at) => [
    ...step.succeeds.map((on) => row(on, says.from(at + 1), succeed, step.name)),
    ...step.fails.map((on) => row(on, says.rejected, reject, step.name)),
    ...step.compensated.map((on) => row(on, says.undoing(at), compensated, step.name)),
  ]);
  const decided = decider && [
    row(decider.completes, [declared.completed], complete),
    row(decider.cancels, says.undoing(steps.length), fail),
  ];
  return {
    drawn: declared,
    reactions: [row(options.starts, says.from(0), start), ...answers, ...(decided ?? [])],
    dues: [dueOf(declared, plan, says.late)],
    outcomes: [told()],
    retry: (respond) => commandOf(declared, { plan, announces: says.undoing(steps.length), decide: retry, respond }),
    abort: (respond) => commandOf(declared, { plan, announces: says.ending, decide: abort, respond }),
  };
}

interface State<Data> {
  readonly saga: Saga<Data> | undefined;
}

function planOf<Data>({ steps, decider, userIdOf }: Declared<Data>): Plan<Data> {
  const plans = steps.map(({ name, timeout = usualTimeout, retry: policy = usualRetry, when }) => {
    return { name, timeout, retry: policy, when };
  });
  return { steps: plans, userIdOf, decided: decider !== undefined };
}

function dueOf<Data>(declared: Declared<Data>, plan: Plan<Data>, announces: readonly string[]): Due {
  const { sagas, log } = declared.tables;
  const words = vocabulary<Record<string, unknown>>({});
  const slots = { saga: one(sagas, (key: string) => key), log: append(log) };
  const due = words.due("late", sagas, [], slots, () => ({}));
  return {
    ...due,
    announces,
    decide: (state, _key, context) => decisionOf(declared, late(plan, (state as State<Data>).saga, context)),
  };
}

/** An alarm was told: there is nothing more to it. */
function told(): Outcome {
  const { outcome } = vocabulary<Record<string, unknown>>({});
  return outcome(effect<Alarm, object>()(alarm), [], {}, () => ({}));
}

interface Asked<Data, Request, Response> {
  readonly plan: Plan<Data>;
  readonly announces: readonly string[];
  readonly decide: Decide<Data, Request>;
  readonly respond: (saga: Saga<Data>) => Response;
}

function commandOf<Data, Request extends { readonly sagaId: string }, Response>(
  declared: Declared<Data>,
  { plan, announces, decide, respond }: Asked<Data, Request, Response>,
): Command<Request, Response> {
  const { sagas, log } = declared.tables;
  const slots = { saga: one(sagas, (request: Request) => request.sagaId), log: append(log) };
  return {
    ...{ kind: "command", announces, slots },
    decide: (state, request, context) => {
      return decisionOf(declared, decide(plan, (state as State<Data>).saga, request as Request, context));
    },
    respond: (state) => respond((state as { readonly saga: Saga<Data> }).saga),
  };
}
