// The scribe: writes receipts and cursor once a second.

import { keepReceipts, type Identity, type Leases, type Store } from "@pavane/store";
import type { Progress } from "./progress.js";

export interface ScribeOptions {
  readonly store: Store;
  readonly replica: string;
  readonly leases: Leases;
  readonly progress: Progress;
  /** The database that the cursors are of. */
  readonly identity: () => Identity | undefined;
  readonly trouble: (what: string, error: unknown) => void;
}

const flushMillis = 1_000;
/** A cursor that does not move is written again before its partition is dropped. */
const refreshMillis = 3_600_000;

/** Writes one relay's receipts and cursors. */
export class Scribe {
  readonly #options: ScribeOptions;
  readonly #timer: NodeJS.Timeout;
  #refreshedAt = performance.now();
  #flushing: Promise<void> | undefined;

  constructor(options: ScribeOptions) {
    this.#options = options;
    this.#timer = setInterval(() => {
      this.#flushing ??= this.#flush().finally(() => {
        this.#flushing = undefined;
      });
    }, flushMillis);
  }

  /** Writes all there is. */
  async flush(): Promise<void> {
    await this.#flushing;
    await this.#flush();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }

  async #flush(): Promise<void> {
    const { store, replica, leases, progress, identity, trouble } = this.#options;
    const who = identity();
    if (who === undefined) {
      return;
    }
    const receipts = progress.receipts;
    // Taken in the same moment: what these cursors cover has its receipts here or in an earlier row.
    const cursors = this.#storable();
    if (receipts.length === 0 && cursors.length === 0) {
      return;
    }
    progress.receipts = [];
    const stored = cursors.flatMap((cursor) => {
      const token = leases.held.get(cursor.part);
      return token === undefined ? [] : [{ ...cursor, token }];
    });
    try {
      await keepReceipts(store, replica, receipts, stored, who);
      progress.stored(cursors);
    } catch (error) {
      // True whatever happened to the database: they are written with the next.
      progress.receipts = [...receipts, ...progress.receipts];
      trouble("the receipts could not be written yet", error);
    }
  }

  #storable() {
    const now = performance.now();
    if (now - this.#refreshedAt > refreshMillis) {
      this.#refreshedAt = now;
      this.#options.progress.refresh();
    }
    return this.#options.progress.storable();
  }
}
