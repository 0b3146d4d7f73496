// Waiting for what must come true, instead of sleeping.
import { setTimeout as sleep } from "node:timers/promises";

/** How long to try and how often, in milliseconds. */
export interface Patience {
  readonly timeout?: number;
  readonly interval?: number;
}

/**
 * Calls `attempt` until it neither throws nor answers false, and answers what it answered. After `timeout` (30 s) it
 * throws the last error, with how long was waited.
 */
export async function eventually<Value>(
  attempt: () => Value | Promise<Value>,
  { timeout = 30_000, interval = 20 }: Patience = {},
): Promise<Value> {
  const start = performance.now();
  for (;;) {
    const outcome = await settled(attempt);
    if (outcome.good) return outcome.value;
    const waited = performance.now() - start;
    if (waited >= timeout) throw late(outcome.error, waited);
    await sleep(interval);
  }
}

type Outcome<Value> =
  | { readonly good: true; readonly value: Value }
  | { readonly good: false; readonly error: unknown };

async function settled<Value>(attempt: () => Value | Promise<Value>): Promise<Outcome<Value>> {
  try {
    const value = await attempt();
    return value === false ? { good: false, error: new Error("still false") } : { good: true, value };
  } catch (error) {
    return { good: false, error };
  }
}

function late(error: unknown, waited: number): Error {
  const said = `not within ${Math.round(waited)} ms: `;
  if (!(error instanceof Error)) return new Error(said + String(error));
  // The assertion itself is kept: its diff is what a reader wants to see.
  error.message = said + error.message;
  return error;
}
