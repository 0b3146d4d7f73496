// Patience, and its end: a delivery that has been tried for too long is given up.

import type { Delivery, Letter } from "./domain.js";

type Deliver = (key: string, letter: Letter, signal: AbortSignal) => Promise<Delivery>;

/** A channel that gives up, for good, a notification that is older than so many hours when an attempt fails. */
export const patient =
  (hours: number, deliver: Deliver): Deliver =>
  async (key, letter, signal) => {
    try {
      return await deliver(key, letter, signal);
    } catch (error) {
      if (Date.now() - Date.parse(letter.since) < hours * 3_600_000) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      return { status: "FAILED", failure: `given up after ${hours} hours: ${reason}` };
    }
  };
