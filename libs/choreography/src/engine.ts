// The engine of a service: what it hears, is asked, is due and has learnt, through one queue into one transaction at a time.

import { setTimeout as sleep } from "node:timers/promises";
import { type Bus, type Message, type Relay, startRelay, subscribe, type Subscription } from "@pavane/bus";
import type { Rules } from "@pavane/contracts";
import { type Partitions, startPartitions, type Store, newEventId } from "@pavane/store";
import type { Committed } from "./batch.js";
import { type Adapter, type Call, EffectWorker } from "./effects.js";
import { hear, type Hearing } from "./hearing.js";
import type { Input } from "./input.js";
import { Queue } from "./queue.js";
import type { AnyFactType, ServiceDefinition } from "./service.js";
import { sweepDues, sweepFailed } from "./sweeps.js";
import { tracing } from "./trace.js";

/** What an engine tells of itself, in a few words and an object; pino's shape. */
export interface EngineLog {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

/** What an engine runs on. */
export interface EngineOptions {
  readonly definition: ServiceDefinition;
  readonly store: Store;
  readonly bus: Bus;
  /** The rules of the fields of the facts it hears. */
  readonly rules: Pick<Rules, "violations">;
  /** Calls to the outside by kind of effect. */
  readonly adapters?: Readonly<Record<string, Adapter>>;
  readonly log: EngineLog;
  /** Names this process among its replicas. */
  readonly replica: string;
  /** Inputs in one transaction at most; 500 by default. */
  readonly batchLimit?: number;
  /** Attempts before a message becomes a dead letter; 5 by default. */
  readonly maxAttempts?: number;
  /** Milliseconds between sweeps for what is due; 1,000 by default. */
  readonly sweepInterval?: number;
  /** Milliseconds after which a silent replica's parts of the outbox are taken over; 5,000 by default. */
  readonly leaseMillis?: number;
  /** Calls of effects at a time; 64 by default. */
  readonly effectConcurrency?: number;
  /** Milliseconds a call of an effect may take; 10,000 by default. */
  readonly effectTimeout?: number;
}

/** Who asks for a command, and within which trace. */
export interface Caller {
  readonly actor: string;
  readonly traceparent?: string | undefined;
}

/** A running engine. */
export interface Engine {
  /** Handles a command in the next batch; resolves to its answer after the commit, rejects with what refused it. */
  execute(command: string, request: unknown, caller: Caller): Promise<unknown>;
  /** Rows and messages under way: for metrics and tests. */
  stats(): EngineStats;
  /** Stops pulling, finishes what is under way within the deadline in milliseconds, hands leases back. */
  stop(deadline: number): Promise<void>;
}

/** What an engine has done since it began. */
export interface EngineStats {
  readonly batches: number;
  readonly inputs: number;
  readonly failed: number;
  readonly waiting: number;
}

/** Starts the relay, the subscriptions, the sweeps and the effect worker of a service whose database is migrated. */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const partitions = await startPartitions(options.store, {
    onKept: (partition, rows) =>
      options.log.error({ partition, rows }, "a partition is kept: it has unpublished facts"),
    onError: (error) => options.log.warn({ err: error }, "sweeping partitions failed; it is tried again"),
  });
  const engine = new RunningEngine(options, partitions);
  try {
    await engine.start();
  } catch (error) {
    await engine.stop(1_000).catch(() => undefined);
    throw error;
  }
  return engine;
}

const sweepLimit = 500;
const failedLease = 30;

class RunningEngine implements Engine {
  readonly #queue: Queue;
  readonly #effects: EffectWorker;
  readonly #hearing: Hearing;
  readonly #stopping = new AbortController();
  #relay: Relay | undefined;
  #subscriptions: Subscription[] = [];
  #sweeping: Promise<void> = Promise.resolve();
  #batches = 0;
  #inputs = 0;
  #failed = 0;

  constructor(
    readonly options: EngineOptions,
    readonly partitions: Partitions,
  ) {
    const { definition, store, log, rules, effectTimeout = 10_000 } = options;
    // As short as can be: what a killed process was calling waits for its lease to run out.
    const effectLease = effectTimeout / 1_000 + 2;
    this.#hearing = { definition, rules, verdict: partitions.verdict };
    const push = (input: Input): void => this.#queue.push(input);
    this.#effects = new EffectWorker({
      definition,
      store,
      adapters: options.adapters ?? {},
      concurrency: options.effectConcurrency ?? 64,
      timeout: effectTimeout,
      lease: effectLease,
      push,
      unanswered: ({ key, attempts }, error) =>
        log.warn(
          { effect: key, attempts, err: error },
          "an effect got no answer; it is asked again under the same key",
        ),
    });
    this.#queue = new Queue(
      { definition, store, tracing: tracing(definition.name), effectLease, maxAttempts: options.maxAttempts ?? 5 },
      {
        batchLimit: options.batchLimit ?? 500,
        committed: (batch) => this.#committed(batch),
        trouble: (error) => log.warn({ err: error }, "the database does not take a batch; it is tried again"),
      },
    );
  }

  async start(): Promise<void> {
    const { definition, store, bus, log, replica, leaseMillis } = this.options;
    const onTrouble = (what: string, error: unknown): void => log.warn({ err: error }, what);
    const { name: service, catalogue } = definition;
    // A service that only hears has no stream and nothing to relay.
    if ([...definition.facts.values()].some(({ owner }) => owner === service)) {
      this.#relay = await startRelay({
        ...{ service, catalogue, replica, store, bus, onTrouble },
        ...(leaseMillis === undefined ? {} : { leaseMillis }),
      });
    }
    this.#queue.start();
    for (const [owner, types] of hearings(definition)) {
      const onMessage = (message: Message): void => this.#hear(message);
      const options = { bus, catalogue, hearer: service, owner, types, onTrouble, onMessage };
      this.#subscriptions.push(await subscribe(options));
    }
    this.#sweeping = this.#sweep();
  }

  execute(command: string, request: unknown, { actor, traceparent }: Caller): Promise<unknown> {
    const rule = this.options.definition.commands.get(command);
    if (rule === undefined) throw new TypeError(`${this.options.definition.name} has no command ${command}`);
    return new Promise((resolve, reject) => {
      this.#queue.push({
        name: command,
        rule,
        data: request,
        id: newEventId(),
        version: 0n,
        orderId: undefined,
        actor,
        traceparent,
        settle: (settled) => {
          if (settled.how === "handled") resolve(settled.response);
          else reject(settled.how === "known" ? new Error("a command cannot be known already") : settled.error);
        },
      });
    });
  }

  stats(): EngineStats {
    return { batches: this.#batches, inputs: this.#inputs, failed: this.#failed, waiting: this.#queue.length };
  }

  async stop(deadline: number): Promise<void> {
    const until = performance.now() + deadline;
    const left = (): number => Math.max(0, until - performance.now());
    this.#stopping.abort();
    await Promise.all(this.#subscriptions.map((subscription) => subscription.stop()));
    await Promise.all([this.#effects.stop(left() / 2), this.#sweeping]);
    await this.#queue.stop(left());
    await this.#relay?.stop(left());
    await this.partitions.stop();
  }

  #hear(message: Message): void {
    const settle: Input["settle"] = ({ how }) => {
      // A failed message is kept in the database before it is acknowledged; a lost one goes back to the broker.
      if (how === "lost") message.giveBack();
      else message.ack();
    };
    const { subject, type, data, stream, sequence } = message;
    const heard = { subject, type, data, fallbackId: `${stream}/${sequence}`, attempts: 0, settle };
    const input = hear(this.#hearing, heard);
    if (input.ignored) input.settle({ how: "known" });
    else this.#queue.push(input);
  }

  #committed({ work, settled }: Committed): void {
    this.#batches++;
    this.#inputs += settled.size;
    this.#relay?.offer(work.appended);
    this.#effects.start(
      work.started.map(
        ({ key, kind, input, orderId }): Call => ({ key, kind, input, orderId, attempts: 1, traceparent: undefined }),
      ),
    );
    for (const [{ name, id, origin }, outcome] of settled) {
      if (outcome.how !== "failed" || origin === undefined) continue;
      this.#failed++;
      const details = {
        fact: name,
        event: id,
        attempts: origin.attempts + 1,
        forever: origin.forever,
        err: outcome.error,
      };
      this.options.log.error(details, "a message failed; it is kept, and tried again or listed as a dead letter");
    }
  }

  async #sweep(): Promise<void> {
    const { store, log, sweepInterval = 1_000 } = this.options;
    const { signal } = this.#stopping;
    const push = (input: Input): void => this.#queue.push(input);
    const sweeps = { ...this.#hearing, store, limit: sweepLimit, lease: failedLease, push };
    while (!signal.aborted) {
      try {
        await Promise.all([sweepDues(sweeps), sweepFailed(sweeps), this.#effects.sweep()]);
      } catch (error) {
        log.warn({ err: error }, "a sweep failed; it is tried again");
      }
      await sleep(sweepInterval, undefined, { signal }).catch(() => undefined);
    }
  }
}

/** What a service hears, by the service that announces it. */
function hearings({ reactions, facts }: ServiceDefinition): Map<string, string[]> {
  const byOwner = new Map<string, string[]>();
  for (const on of reactions.keys()) {
    const { owner } = facts.get(on) as AnyFactType;
    byOwner.set(owner, [...(byOwner.get(owner) ?? []), on]);
  }
  return byOwner;
}
