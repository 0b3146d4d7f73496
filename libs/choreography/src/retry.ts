// How long to wait before the next attempt: doubling, bounded, with jitter.

import { decorrelatedJitterGenerator, ExponentialBackoff } from "cockatiel";

const backoff = new ExponentialBackoff({
  initialDelay: 1_000,
  maxDelay: 60_000,
  exponent: 2,
  generator: decorrelatedJitterGenerator,
});

/** Seconds until the attempt after `attempts` (at least 1): about 1, doubling to 60, with jitter. */
export function delay(attempts: number): number {
  let next = backoff.next();
  for (let attempt = 1; attempt < Math.min(attempts, 12); attempt++) next = next.next(undefined);
  return next.duration / 1_000;
}
