// What a saga is declared as: its steps, how long each may take, and how often each compensation is asked for.

/** How often a compensation is asked for before the saga goes on without its answer. Delays are in seconds. */
export interface RetryPolicy {
  /** How often it is asked for in one attempt. */
  readonly tries: number;
  /** How long the answer to the first may take. */
  readonly firstDelay: number;
  /** What each later delay is multiplied by. */
  readonly factor: number;
  readonly maxDelay: number;
}

/** The policy where nothing else is declared: 2, 4, 8, 16 and 32 seconds, a minute in all. */
export const usualRetry: RetryPolicy = { tries: 5, firstDelay: 2, factor: 2, maxDelay: 60 };

/** Seconds that a step may take where nothing else is declared. */
export const usualTimeout = 30;

/** A step as the decisions see it. */
export interface Step<Data> {
  readonly name: string;
  /** Seconds. */
  readonly timeout: number;
  readonly retry: RetryPolicy;
  /** Whether this saga needs it; all need it where it is not declared. Its compensation is asked for in any case. */
  readonly when: ((data: Data) => boolean) | undefined;
}

/** A saga as the decisions see it. */
export interface Plan<Data> {
  /** In the order in which they are asked for. Compensations are asked for in the reverse order. */
  readonly steps: readonly Step<Data>[];
  readonly userIdOf: (data: Data) => string;
  /**
   * Somebody else decides how it ends: the saga only asks to cancel, and hears when it is to compensate or is complete.
   * Otherwise a rejection or a timeout makes it compensate, and the success of its last step completes it.
   */
  readonly decided: boolean;
}

/** Seconds until the compensation that was asked for so many times (at least 1) is late. */
export function delayOf({ firstDelay, factor, maxDelay }: RetryPolicy, tries: number): number {
  return Math.min(firstDelay * factor ** (tries - 1), maxDelay);
}
