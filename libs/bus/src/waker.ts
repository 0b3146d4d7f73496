// Waking the relay: in this process after a commit, in another by a plain message from the replica that committed.

import type { Subscription } from "@nats-io/nats-core";
import type { Bus } from "./connect.js";

/** Sleeps for the relay, and tells other replicas of commits in their parts. */
export class Waker {
  readonly #bus: Bus;
  readonly #subject: string;
  readonly #subscription: Subscription;
  #foreign = 0;
  #telling: NodeJS.Timeout | undefined;
  #woken = false;
  #stopped = false;
  #resume: () => void = () => undefined;

  constructor(bus: Bus, service: string, mine: (part: number) => boolean) {
    this.#bus = bus;
    this.#subject = `${bus.namespace}.$wake.${service}`;
    this.#subscription = bus.connection.subscribe(this.#subject, {
      // An exception in here would close the connection.
      callback: (error, message) => {
        const bytes = error ? undefined : message.data;
        const parts = bytes?.length === 2 ? (bytes[0] ?? 0) + ((bytes[1] ?? 0) << 8) : 0;
        if (partsOf(parts).some(mine)) {
          this.wake();
        }
      },
    });
  }

  /** Ends the sleep, this one or the next. */
  wake(): void {
    this.#woken = true;
    this.#resume();
  }

  /** Somebody else's part has news; told to all in one message a moment later. */
  tell(part: number): void {
    this.#foreign |= 1 << part;
    this.#telling ??= setTimeout(() => {
      this.#telling = undefined;
      const parts = this.#foreign;
      this.#foreign = 0;
      if (this.#bus.connected && !this.#stopped) {
        this.#bus.connection.publish(this.#subject, Uint8Array.of(parts & 255, parts >> 8));
      }
    }, 2);
  }

  /** Sleeps at least `least` and at most `most` milliseconds, in between until woken. */
  async sleep(least: number, most: number): Promise<void> {
    await this.#pause(least, false);
    if (!this.#woken && !this.#stopped) {
      await this.#pause(most - least, true);
    }
    this.#woken = false;
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#telling);
    if (!this.#bus.connection.isClosed()) {
      this.#subscription.unsubscribe();
    }
    this.#resume();
  }

  async #pause(millis: number, wakeable: boolean): Promise<void> {
    if (millis <= 0) {
      return;
    }
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, millis);
      this.#resume = () => {
        if (wakeable || this.#stopped) {
          clearTimeout(timer);
          resolve();
        }
      };
    });
    this.#resume = () => undefined;
  }
}

function partsOf(mask: number): number[] {
  return Array.from({ length: 16 }, (_, part) => part).filter((part) => (mask & (1 << part)) !== 0);
}
