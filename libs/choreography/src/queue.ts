// The one queue of a process: whatever arrives while a batch runs forms the next one.

import { setTimeout as sleep } from "node:timers/promises";
import { isConnectionTrouble } from "@pavane/store";
import { type Committed, handle, type Host } from "./batch.js";
import type { Input } from "./input.js";

/** What the queue runs on and tells. */
export interface QueueOptions {
  /** Inputs in one transaction at most. */
  readonly batchLimit: number;
  /** Told after each commit, before the inputs are settled. */
  readonly committed: (batch: Committed) => void;
  /** Told of each failure that stops the queue for a while. */
  readonly trouble: (error: unknown) => void;
}

/** How long what nobody waits for waits for company, in milliseconds. */
const companyMillis = 25;

/** Handles inputs in the order of their arrival, one transaction at a time. */
export class Queue {
  #waiting: Input[] = [];
  /** How many of them somebody waits for. */
  #awaited = 0;
  #wake: (() => void) | undefined;
  #stopped = false;
  #running: Promise<void> | undefined;

  constructor(
    readonly host: Host,
    readonly options: QueueOptions,
  ) {}

  start(): void {
    this.#running ??= this.#run();
  }

  /** Inputs that wait for the next batch. */
  get length(): number {
    return this.#waiting.length;
  }

  /** Takes an input in; it is settled once its transaction has ended. */
  push(input: Input): void {
    this.#waiting.push(input);
    if (isAwaited(input)) this.#awaited++;
    this.#wake?.();
  }

  /** Finishes what waits, within the deadline in milliseconds; what is left is settled as lost. */
  async stop(deadline: number): Promise<void> {
    this.#stopped = true;
    this.#wake?.();
    await Promise.race([this.#running, sleep(deadline, undefined, { ref: false })]);
    this.#giveUp(new Error("the service is stopping"));
  }

  async #run(): Promise<void> {
    while (true) {
      if (this.#waiting.length === 0) {
        if (this.#stopped) return;
        await this.#pushed();
        continue;
      }
      await this.#company();
      const batch = this.#waiting.splice(0, this.options.batchLimit);
      this.#awaited = this.#waiting.filter(isAwaited).length;
      await this.#handle(batch);
    }
  }

  async #pushed(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = undefined;
  }

  /** Waits while nobody waits for any of it, so that one transaction takes in what would have taken several. */
  async #company(): Promise<void> {
    const until = performance.now() + companyMillis;
    while (!this.#stopped && this.#awaited === 0 && this.#waiting.length < this.options.batchLimit) {
      const left = until - performance.now();
      if (left <= 0) return;
      const timer = setTimeout(() => this.#wake?.(), left);
      await this.#pushed();
      clearTimeout(timer);
    }
  }

  async #handle(batch: readonly Input[]): Promise<void> {
    const left = new Set(batch);
    const committed = (done: Committed): void => {
      this.options.committed(done);
      for (const [input, settled] of done.settled) {
        left.delete(input);
        input.settle(settled);
      }
    };
    for (let pause = 50; left.size > 0; pause = Math.min(2 * pause, 2_000)) {
      try {
        await handle(this.host, [...left], committed);
        return;
      } catch (error) {
        this.options.trouble(error);
        // Callers are told at once; messages wait for the database and are handled then.
        const gone = isConnectionTrouble(error);
        const waits = ({ origin }: Input): boolean => origin !== undefined && gone && !this.#stopped;
        for (const input of left) {
          if (waits(input)) continue;
          left.delete(input);
          input.settle({ how: "lost", error });
        }
        if (gone) this.#tellCallers(error);
        await sleep(pause);
      }
    }
  }

  /** Who asked while the batch was tried would wait behind its messages for as long as the database is away. */
  #tellCallers(error: unknown): void {
    const callers = this.#waiting.filter(({ origin }) => origin === undefined);
    this.#waiting = this.#waiting.filter(({ origin }) => origin !== undefined);
    this.#awaited = this.#waiting.filter(isAwaited).length;
    for (const input of callers) input.settle({ how: "lost", error });
  }

  #giveUp(error: Error): void {
    for (const input of this.#waiting.splice(0)) input.settle({ how: "lost", error });
  }
}

/** A caller waits for its answer, and whoever hears of a fact for that; for what announces nothing nobody does. */
function isAwaited({ rule }: Input): boolean {
  return rule === undefined || rule.kind === "command" || rule.announces.length > 0;
}
