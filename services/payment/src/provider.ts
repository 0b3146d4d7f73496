// What payment asks of a payment provider, whichever it is, and the effects that ask it.

import type { Charge, ChargeOutcome, Refund, RefundOutcome } from "./domain.js";

/**
 * A payment provider. Both calls resolve with a final outcome: the first under a key is the only one there will ever be,
 * however often it is asked. Both reject when nothing is known (no answer, too many requests, trouble of the provider's,
 * a key that we are not allowed to use): they are asked again under the same key, for ever. A refusal of this very
 * request (declined, unknown token, malformed) is an outcome.
 */
export interface Provider {
  /** Takes the money. The outcome's `reference` is what a refund will name. */
  charge(key: string, charge: Charge, signal: AbortSignal): Promise<ChargeOutcome>;
  /** Gives all of it back. */
  refund(key: string, refund: Refund, signal: AbortSignal): Promise<RefundOutcome>;
}

/** Told of every refund that the provider refused for good: a person has to see to it. */
export type Alarm = (refund: Refund, reason: string) => void;

/** The provider as the adapters of the effects `charge` and `refund`. */
export function adaptersOf(provider: Provider, alarm: Alarm) {
  return {
    charge: (key: string, input: Charge, signal: AbortSignal) => provider.charge(key, input, signal),
    refund: async (key: string, input: Refund, signal: AbortSignal) => {
      const outcome = await provider.refund(key, input, signal);
      if (outcome.status === "REFUSED") alarm(input, outcome.reason);
      return outcome;
    },
  };
}
