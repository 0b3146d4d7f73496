// One thing to handle, whatever its kind: a fact heard, a command, a due row, an effect's outcome, a message tried again.

import type { AnyRule } from "./inputs.js";

/** What became of an input, told once its transaction has committed (or could not). */
export type Settled =
  /** Handled; a command's answer with it. */
  | { readonly how: "handled"; readonly response: unknown }
  /** Known already: claimed, done or resolved before. */
  | { readonly how: "known" }
  /** Its decision or its rows failed: nothing of it was written but, for a message, the record that it failed. */
  | { readonly how: "failed"; readonly error: unknown }
  /** The database was in trouble or the service is stopping: nothing is known of it, and it is to be handed in again. */
  | { readonly how: "lost"; readonly error: unknown };

/** A message that fails is kept as it came. */
export interface Origin {
  /** The event id, or `stream/sequence` where none could be read. */
  readonly id: string;
  readonly reaction: string;
  readonly subject: string;
  readonly message: Uint8Array;
  /** Retried for ever: never a dead letter. */
  readonly forever: boolean;
  /** Attempts so far when this is a retry of a message kept before; 0 when it comes from the broker. */
  readonly attempts: number;
}

/** One thing to handle. */
export interface Input {
  /** The fact, command, due rule or effect, as the audit log names it. */
  readonly name: string;
  /** Undefined when the message could not be read. */
  readonly rule: AnyRule | undefined;
  /** Why it cannot be handled: a message that cannot be read or breaks a rule of its fields. */
  readonly broken?: Error | undefined;
  /** It is sound, and none of this service's business: from the broker, it is acknowledged and not handled. */
  readonly ignored?: boolean;
  readonly data: unknown;
  /** A UUID of this input, the same at every delivery of a fact; `stream/sequence` where none could be read. */
  readonly id: string;
  /** The version of the fact's aggregate; 0 otherwise. */
  readonly version: bigint;
  readonly orderId: string | undefined;
  /** Who or what caused it: a caller, a peer service, the clock. */
  readonly actor: string;
  readonly traceparent: string | undefined;
  /** For a fact: what is kept of it when it fails. */
  readonly origin?: Origin;
  /** For an outcome: the effect it settles, and with what. */
  readonly effect?: { readonly key: string; readonly result: unknown };
  settle(settled: Settled): void;
}
