// The batch runner: many inputs in one transaction of two flights, with each bad one left out.

import type { Context } from "@pavane/kernel";
import {
  claimInbox,
  codeOf,
  isConnectionTrouble,
  isSerialization,
  lockEffects,
  lockFailed,
  type Store,
  type Transaction,
  transact,
} from "@pavane/store";
import { fold } from "./fold.js";
import type { Input, Settled } from "./input.js";
import { Memory } from "./memory.js";
import type { ServiceDefinition } from "./service.js";
import type { Tracing } from "./trace.js";
import { Work } from "./work.js";

/** What a batch runs on. */
export interface Host {
  readonly definition: ServiceDefinition;
  readonly store: Store;
  readonly tracing: Tracing;
  /** Seconds for which a new effect belongs to the replica that asked for it. */
  readonly effectLease: number;
  /** Attempts before a message becomes a dead letter. */
  readonly maxAttempts: number;
}

/** A batch that committed: what each input came to, and what is to be done now. */
export interface Committed {
  readonly work: Work;
  readonly settled: ReadonlyMap<Input, Settled>;
}

/** How often a batch is run again because another writer was first, before it is cut in two. */
const reruns = 5;

/**
 * Handles inputs in order, in as few transactions as can be. An input whose decision throws is left out and kept as
 * failed; a database error on the set is bisected. Rejects only for trouble with the database: nothing was settled then
 * but what `committed` was already told, and the rest is to be handed in again.
 */
export async function handle(
  host: Host,
  inputs: readonly Input[],
  committed: (batch: Committed) => void,
): Promise<void> {
  for (let run = 0; ; run++) {
    try {
      committed(await attempt(host, inputs, undefined));
      return;
    } catch (error) {
      if (isConnectionTrouble(error)) throw error;
      if (run < reruns && (isSerialization(error) || codeOf(error) === uniqueViolation)) continue;
      if (inputs.length === 1) return committed(await attempt(host, inputs, error));
      const middle = inputs.length >> 1;
      await handle(host, inputs.slice(0, middle), committed);
      await handle(host, inputs.slice(middle), committed);
      return;
    }
  }
}

const uniqueViolation = "23505";

async function attempt(host: Host, inputs: readonly Input[], failure: unknown): Promise<Committed> {
  return await transact(host.store, async (tx) => {
    const memory = new Memory(host.definition.tables);
    const failed = new Map<Input, unknown>();
    for (const input of inputs) {
      try {
        if (failure !== undefined) throw failure;
        if (input.rule === undefined || input.broken !== undefined) throw input.broken;
        memory.want(input.rule.slots, input.data);
      } catch (error) {
        failed.set(input, error);
      }
    }
    const { now, pass } = await open(host, tx, memory, inputs);
    const work = new Work(host, memory, now);
    const settled = new Map<Input, Settled>();
    for (const input of inputs) settled.set(input, decide(host, work, memory, now, input, pass(input), failed));
    await work.commit(tx);
    return { work, settled };
  });
}

function decide(
  host: Host,
  work: Work,
  memory: Memory,
  now: Date,
  input: Input,
  pass: boolean,
  failed: ReadonlyMap<Input, unknown>,
): Settled {
  if (!pass) return { how: "known" };
  const span = host.tracing.start(input);
  try {
    if (input.rule === undefined || failed.has(input)) throw failed.get(input);
    const context: Context = { now, id: input.id, version: input.version };
    const folding = { rule: input.rule, data: input.data, context };
    const folded = fold(host.definition, memory, folding, (announced) => work.seal(announced, input, span));
    work.take(input, folded);
    span.end();
    return { how: "handled", response: folded.response };
  } catch (error) {
    work.fail(input, error);
    span.end(error);
    return { how: "failed", error };
  }
}

/** The first flight: claims, guards, row locks and the time, all sent at once. */
async function open(
  host: Host,
  tx: Transaction,
  memory: Memory,
  inputs: readonly Input[],
): Promise<{ now: Date; pass: (input: Input) => boolean }> {
  const claims = inputs.filter((input) => claimed(input));
  const retries = inputs.flatMap(({ origin }) => (origin !== undefined && origin.attempts > 0 ? [origin] : []));
  const effects = inputs.flatMap(({ effect }) => (effect === undefined ? [] : [effect.key]));
  const [clock, won, retrying, pending] = await Promise.all([
    tx.send<{ now: Date }>({ name: "now", text: "select now() as now" }, []),
    claims.length === 0
      ? []
      : tx.send<{ id: string }>(claimInbox, [claims.map(({ id }) => id), claims.map(({ name }) => name)]),
    retries.length === 0
      ? []
      : tx.send<{ id: string; reaction: string; state: string }>(lockFailed, [
          retries.map(({ id }) => id),
          retries.map(({ reaction }) => reaction),
        ]),
    effects.length === 0 ? [] : tx.send<{ key: string; state: string }>(lockEffects, [effects]),
    ...host.definition.tables.map(async (table) => {
      const keys = memory.keys(table);
      if (keys.length > 0) memory.loaded(table, await tx.send(table.load, [keys]));
    }),
  ]);
  const free = new Set<string>([
    ...won.map(({ id }) => `claim/${id}`),
    ...retrying.filter(({ state }) => state === "RETRYING").map(({ id, reaction }) => `retry/${id}/${reaction}`),
    ...pending.filter(({ state }) => state === "PENDING").map(({ key }) => `effect/${key}`),
  ]);
  const first = clock[0];
  if (first === undefined) throw new Error("the database did not say what time it is");
  return {
    now: first.now,
    // Each guard lets one input of the batch pass: the second delivery in one batch is a duplicate like any other.
    pass: (input) => {
      const guard = guardOf(input);
      return guard === undefined || free.delete(guard);
    },
  };
}

function claimed(input: Input): boolean {
  const { rule, origin } = input;
  return rule?.kind === "reaction" && rule.guard === "once" && (origin?.attempts ?? 0) === 0;
}

function guardOf(input: Input): string | undefined {
  if (input.effect !== undefined) return `effect/${input.effect.key}`;
  if (input.origin !== undefined && input.origin.attempts > 0) {
    return `retry/${input.origin.id}/${input.origin.reaction}`;
  }
  return claimed(input) ? `claim/${input.id}` : undefined;
}
