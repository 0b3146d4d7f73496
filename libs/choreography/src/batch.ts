// The batch runner: many inputs in one transaction of two flights, with each bad one left out.

import type { Context } from "@pavane/kernel";
import { codeOf, isConnectionTrouble, isSerialization, type Store, type Transaction, transact } from "@pavane/store";
import { fold } from "./fold.js";
import type { Input, Settled } from "./input.js";
import { guards } from "./guards.js";
import { Memory } from "./memory.js";
import type { ServiceDefinition } from "./service.js";
import type { AnyTable } from "./slots.js";
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
      const reason = failure ?? unfit(memory, input);
      if (reason !== undefined) failed.set(input, reason);
    }
    const { now, pass } = await open(host, tx, memory, inputs);
    const work = new Work(host, memory, now);
    const settled = new Map<Input, Settled>();
    for (const input of inputs) settled.set(input, decide(host, work, memory, now, input, pass(input), failed));
    await work.commit(tx);
    return { work, settled };
  });
}

/** Why an input cannot be handled at all; otherwise notes the rows it needs. */
function unfit(memory: Memory, { rule, broken, data }: Input): unknown {
  if (broken !== undefined || rule === undefined) return broken ?? new TypeError("an input has no rule");
  try {
    memory.want(rule.slots, data);
    return undefined;
  } catch (error) {
    return error;
  }
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
  const fail = (error: unknown): Settled => {
    work.fail(input, error);
    span.end(error);
    return { how: "failed", error };
  };
  if (input.rule === undefined || failed.has(input)) return fail(failed.get(input));
  try {
    const context: Context = { now, id: input.id, version: input.version };
    const folding = { rule: input.rule, data: input.data, context };
    const folded = fold(host.definition, memory, folding, (announced) => work.seal(announced, input, span));
    work.take(input, folded);
    span.end();
    return { how: "handled", response: folded.response };
  } catch (error) {
    return fail(error);
  }
}

/** The first flight: claims, guards, rows and the time, all sent at once. */
async function open(
  { definition }: Host,
  tx: Transaction,
  memory: Memory,
  inputs: readonly Input[],
): Promise<{ now: Date; pass: (input: Input) => boolean }> {
  const load = async (table: AnyTable): Promise<void> => {
    const [locked, seen] = [memory.keys(table), memory.seen(table)];
    await Promise.all([
      locked.length > 0 && tx.send(table.load, [locked]).then((records) => memory.loaded(table, records)),
      seen.length > 0 && tx.send(table.see, [seen]).then((records) => memory.loaded(table, records)),
    ]);
  };
  const [clock, pass] = await Promise.all([
    tx.send<{ now: Date }>({ name: "now", text: "select now() as now" }, []),
    guards(tx, inputs),
    ...definition.tables.map(load),
  ]);
  const first = clock[0];
  if (first === undefined) throw new Error("the database did not say what time it is");
  return { now: first.now, pass };
}
