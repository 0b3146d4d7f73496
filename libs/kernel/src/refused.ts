// The one error type by which a caller is refused, with the reasons that a transport maps to its status codes.

/** Why a caller is refused, in terms of no transport; rpc maps each to one gRPC status. */
export type Reason =
  | "invalid"
  | "not_found"
  | "already_exists"
  | "not_now"
  | "conflict"
  | "denied"
  | "unavailable"
  | "unimplemented";

/**
 * A caller is refused; nothing was changed. `code` is UPPER_SNAKE and stable: callers may depend on it, the message is
 * for people. Only a command or a query may throw it: a fact cannot be refused.
 */
export class Refused extends Error {
  override readonly name = "Refused";

  constructor(
    readonly reason: Reason,
    readonly code: string,
    message: string,
    readonly details: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}
