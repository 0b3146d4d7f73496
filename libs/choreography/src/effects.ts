// The effect worker: calls the outside world, outside any transaction, until it knows what came of it.

import { setTimeout as sleep } from "node:timers/promises";
import { leaseEffects, postponeEffects, run, type EffectRow, type Store, newEventId } from "@pavane/store";
import type { Input } from "./input.js";
import { delay } from "./retry.js";
import type { ServiceDefinition } from "./service.js";

/**
 * Makes one call under its idempotency key. What it resolves to is the outcome, final; when it rejects, nothing is
 * known, and it is asked again under the same key. `signal` ends a call that takes too long.
 */
export type Adapter = (key: string, input: never, signal: AbortSignal) => Promise<unknown>;

/** What the worker runs on. */
export interface EffectOptions {
  readonly definition: ServiceDefinition;
  readonly store: Store;
  readonly adapters: Readonly<Record<string, Adapter>>;
  /** Calls at a time. */
  readonly concurrency: number;
  /** Milliseconds a call may take before it counts as unanswered; below the lease. */
  readonly timeout: number;
  /** Seconds for which a leased effect is this replica's. */
  readonly lease: number;
  /** Takes the outcome into the next batch. */
  readonly push: (input: Input) => void;
  /** Told of calls that gave no answer. */
  readonly unanswered: (effect: EffectRow, error: unknown) => void;
}

/** An effect to call, with what its outcome will need. */
export interface Call extends EffectRow {
  readonly orderId: string | undefined;
  readonly traceparent: string | undefined;
}

/** Calls effects as they are asked for, and those that were left. */
export class EffectWorker {
  readonly #waiting: Call[] = [];
  readonly #underway = new Map<string, AbortController>();
  readonly #postponed: { key: string; delay: number; error: string }[] = [];
  #stopped = false;

  constructor(readonly options: EffectOptions) {}

  /** Calls effects that this replica holds the lease of. */
  start(calls: readonly Call[]): void {
    this.#waiting.push(...calls);
    this.#next();
  }

  /** Leases what is due and calls it; hands in what is to wait. */
  async sweep(): Promise<void> {
    const { store, lease, concurrency } = this.options;
    await this.#postpone();
    if (this.#stopped || this.#waiting.length > concurrency) return;
    const rows = await run<EffectRow & { order_id: string | null }>(store, leaseEffects, [concurrency, lease]);
    this.start(
      rows.map(({ order_id, ...row }) => ({ ...row, orderId: order_id ?? undefined, traceparent: undefined })),
    );
  }

  /** Ends calls after the deadline in milliseconds and gives all leases back. */
  async stop(deadline: number): Promise<void> {
    this.#stopped = true;
    const handBack = this.#waiting.splice(0);
    for (const until = performance.now() + deadline; this.#underway.size > 0 && performance.now() < until; ) {
      await sleep(20);
    }
    for (const [key, controller] of this.#underway) {
      controller.abort(new Error("the service is stopping"));
      this.#postponed.push({ key, delay: 0, error: "the service stopped during the call" });
    }
    for (const { key } of handBack)
      this.#postponed.push({ key, delay: 0, error: "the service stopped before the call" });
    await this.#postpone();
  }

  #next(): void {
    while (!this.#stopped && this.#underway.size < this.options.concurrency) {
      const call = this.#waiting.shift();
      if (call === undefined) return;
      if (this.#underway.has(call.key)) continue;
      const controller = new AbortController();
      this.#underway.set(call.key, controller);
      void this.#call(call, controller).finally(() => {
        this.#underway.delete(call.key);
        this.#next();
      });
    }
  }

  async #call(call: Call, controller: AbortController): Promise<void> {
    const { adapters, timeout, unanswered } = this.options;
    // Cleared when the call ends: AbortSignal.timeout would go off for every call, answered or not.
    const late = setTimeout(
      () => controller.abort(new DOMException(`no answer within ${timeout} ms`, "TimeoutError")),
      timeout,
    );
    try {
      const adapter = adapters[call.kind];
      if (adapter === undefined) throw new Error(`no adapter is configured for effects of kind ${call.kind}`);
      this.#learnt(call, await adapter(call.key, call.input as never, controller.signal));
    } catch (error) {
      unanswered(call, error);
      const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      this.#postponed.push({ key: call.key, delay: delay(call.attempts), error: message });
    } finally {
      clearTimeout(late);
    }
  }

  #learnt(call: Call, result: unknown): void {
    const { definition, push } = this.options;
    const rule = definition.outcomes.get(call.kind);
    if (rule === undefined) throw new Error(`${definition.name} declares no outcome of effect ${call.kind}`);
    push({
      name: `outcome of ${call.kind}`,
      rule,
      data: { key: call.key, input: call.input, result },
      id: newEventId(),
      version: 0n,
      orderId: call.orderId,
      actor: `/pavane/${definition.name}`,
      traceparent: call.traceparent,
      effect: { key: call.key, result },
      // What could not be taken in now is called again under the same key: the lease runs out.
      settle: ({ how }) => {
        if (how === "failed" || how === "lost")
          this.#postponed.push({ key: call.key, delay: delay(call.attempts), error: "outcome not taken in" });
      },
    });
  }

  async #postpone(): Promise<void> {
    const batch = this.#postponed.splice(0);
    if (batch.length === 0) return;
    try {
      await run(this.options.store, postponeEffects, [
        batch.map(({ key }) => key),
        batch.map((row) => row.delay),
        batch.map(({ error }) => error),
      ]);
    } catch (error) {
      this.#postponed.push(...batch);
      throw error;
    }
  }
}
