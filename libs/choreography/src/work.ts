// What a batch has decided, gathered for the second flight: one multi-row statement a table, then COMMIT.

import { encodeFact, Undecodable } from "@pavane/contracts";
import { Refused, Unexpected } from "@pavane/kernel";
import {
  type AppendedFact,
  appendFacts,
  changeFailed,
  keepFailed,
  logTransactions,
  newEventId,
  type OutboxFact,
  requestEffects,
  settleEffects,
  type Transaction,
} from "@pavane/store";
import { audited } from "./audited.js";
import type { Host } from "./batch.js";
import type { Announced, Folded } from "./fold.js";
import type { Input, Origin } from "./input.js";
import type { AnyEffectRequest } from "./inputs.js";
import type { Memory } from "./memory.js";
import { delay } from "./retry.js";
import type { Span } from "./trace.js";

/** An effect that this replica may call now. */
export interface NewEffect extends AnyEffectRequest {
  readonly orderId: string | undefined;
}

/** The writes of a batch. */
export class Work {
  /** The facts as they were appended, in order; filled by `commit`. */
  appended: readonly AppendedFact[] = [];
  /** The effects that are this replica's to call; filled by `commit`. */
  started: readonly NewEffect[] = [];

  readonly #facts: OutboxFact[] = [];
  readonly #effects: NewEffect[] = [];
  readonly #settled: { key: string; result: unknown }[] = [];
  readonly #resolved: Origin[] = [];
  readonly #failed: { origin: Origin; orderId: string | undefined; error: unknown; dead: boolean }[] = [];
  readonly #log: ReturnType<typeof audited>[] = [];

  constructor(
    readonly host: Host,
    readonly memory: Memory,
    readonly now: Date,
  ) {}

  /** Announced facts as the outbox keeps them: encoded once, here. */
  seal(announced: readonly Announced[], input: Input, span: Span): OutboxFact[] {
    return announced.map(({ fact, data, subject, version }) => {
      const id = newEventId();
      const orderId = fact.orderIdOf(data);
      const traceparent = span.announce(fact.name, id, orderId);
      const stamp = { id, time: this.now, version, traceparent, causeId: input.id };
      const message = encodeFact(fact, data, stamp);
      return { id, aggregate: `${fact.aggregate}/${subject}`, version, type: fact.name, orderId, traceparent, message };
    });
  }

  /** Takes in what an accepted decision came to. */
  take(input: Input, folded: Folded & { readonly sealed: readonly OutboxFact[] }): void {
    this.#facts.push(...folded.sealed);
    for (const effect of folded.effects) this.#effects.push({ ...effect, orderId: input.orderId });
    if (folded.changes.length > 0) this.#log.push(audited(input, folded));
    if (input.effect !== undefined) this.#settled.push(input.effect);
    if (input.origin !== undefined && input.origin.attempts > 0) this.#resolved.push(input.origin);
  }

  /** Takes in that an input failed; only a message is kept, a caller is told instead. */
  fail(input: Input, error: unknown): void {
    const { origin, orderId } = input;
    if (origin === undefined) return;
    const given = origin.attempts + 1 >= this.host.maxAttempts && !origin.forever;
    const hopeless = error instanceof Undecodable || error instanceof Unexpected;
    this.#failed.push({ origin, orderId, error, dead: given || hopeless });
  }

  /** The second flight. */
  async commit(tx: Transaction): Promise<void> {
    const rows = this.host.definition.tables.flatMap((table) => {
      const { inserts, updates } = this.memory.written(table);
      return [
        ...(inserts.length === 0 ? [] : [tx.send(table.insert, table.parameters(inserts))]),
        ...(updates.length === 0 ? [] : [tx.send(table.update, table.parameters(updates))]),
      ];
    });
    const effects = this.#sendEffects(tx);
    const facts = this.#facts.length === 0 ? [] : appendFacts(tx, this.#facts);
    const rest = [this.#sendSettled(tx), this.#sendFailed(tx), this.#sendRetried(tx), this.#sendLog(tx)].flat();
    const [appended, started] = await Promise.all([facts, effects, ...rows, ...rest, tx.commit()]);
    this.appended = appended;
    const mine = new Set(started.map(({ key }) => key));
    this.started = this.#effects.filter(({ key }) => mine.delete(key));
  }

  #sendEffects(tx: Transaction): Promise<{ key: string }[]> | { key: string }[] {
    if (this.#effects.length === 0) return [];
    return tx.send<{ key: string }>(requestEffects, [
      this.#effects.map(({ key }) => key),
      this.#effects.map(({ kind }) => kind),
      this.#effects.map(({ input }) => JSON.stringify(input)),
      this.#effects.map(({ orderId }) => orderId ?? null),
      this.host.effectLease,
    ]);
  }

  #sendSettled(tx: Transaction): Promise<unknown>[] {
    if (this.#settled.length === 0) return [];
    const results = this.#settled.map(({ result }) => JSON.stringify(result));
    return [tx.send(settleEffects, [this.#settled.map(({ key }) => key), results])];
  }

  #sendFailed(tx: Transaction): Promise<unknown>[] {
    const fresh = this.#failed.filter(({ origin }) => origin.attempts === 0);
    if (fresh.length === 0) return [];
    return [
      tx.send(keepFailed, [
        fresh.map(({ origin }) => origin.id),
        fresh.map(({ origin }) => origin.reaction),
        fresh.map(stateOf),
        fresh.map(() => delay(1)),
        fresh.map(({ origin }) => origin.subject),
        fresh.map(({ orderId }) => orderId ?? null),
        fresh.map(({ origin }) => Buffer.from(origin.message)),
        fresh.map(({ error }) => describe(error)),
      ]),
    ];
  }

  #sendRetried(tx: Transaction): Promise<unknown>[] {
    const again = this.#failed.filter(({ origin }) => origin.attempts > 0);
    const retried = [
      ...this.#resolved.map((origin) => ({ origin, state: "RESOLVED", error: null })),
      ...again.map((failed) => ({ origin: failed.origin, state: stateOf(failed), error: describe(failed.error) })),
    ];
    if (retried.length === 0) return [];
    return [
      tx.send(changeFailed, [
        retried.map(({ origin }) => origin.id),
        retried.map(({ origin }) => origin.reaction),
        retried.map(({ state }) => state),
        retried.map(({ origin }) => delay(origin.attempts + 1)),
        retried.map(({ origin }) => origin.attempts + 1),
        retried.map(({ error }) => error),
      ]),
    ];
  }

  #sendLog(tx: Transaction): Promise<unknown>[] {
    if (this.#log.length === 0) return [];
    return [
      tx.send(logTransactions, [
        this.#log.map(({ id }) => id),
        this.#log.map(({ cause }) => cause),
        this.#log.map(({ causeId }) => causeId),
        this.#log.map(({ actor }) => actor),
        this.#log.map(({ orderId }) => orderId),
        this.#log.map(({ aggregates }) => aggregates),
        this.#log.map(({ facts }) => facts),
        `[${this.#log.map(({ changes }) => changes).join(",")}]`,
      ]),
    ];
  }
}

function stateOf({ dead }: { readonly dead: boolean }): string {
  return dead ? "DEAD" : "RETRYING";
}

function describe(error: unknown): string {
  if (error instanceof Refused) return `${error.code}: ${error.message}`;
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
