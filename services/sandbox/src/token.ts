// The card tokens: what each makes the provider do with a charge, and with a refund of it.

/** How the provider behaves when asked under one key. */
export interface Script {
  /** What it decides, once and for all; undefined is yes. */
  readonly refusal?: string;
  /** So many first requests are answered 500, and nothing is decided. */
  readonly broken?: number;
  /** So many first requests get no answer, though the first of them is decided: the connection is reset. */
  readonly silent?: number;
  /** It takes its time to decide. */
  readonly slow?: boolean;
}

/** What a token does. */
export interface Token {
  readonly charge: Script;
  readonly refund: Script;
}

const yes: Script = {};

const tokens: ReadonlyMap<string, Token> = new Map<string, Token>([
  ["tok_approved", { charge: yes, refund: yes }],
  ["tok_declined", { charge: { refusal: "card_declined" }, refund: yes }],
  ["tok_slow", { charge: { slow: true }, refund: yes }],
  ["tok_flaky", { charge: { broken: 1 }, refund: { broken: 1 } }],
  ["tok_silent", { charge: { silent: 3 }, refund: yes }],
  ["tok_crash_after_charge", { charge: { silent: 1 }, refund: yes }],
  ["tok_refund_refused", { charge: yes, refund: { refusal: "refund_refused" } }],
  ["tok_refund_silent", { charge: yes, refund: { silent: 3 } }],
]);

/** What a token does; one nobody knows is declined. */
export function tokenOf(name: string): Token {
  return tokens.get(name) ?? { charge: { refusal: "unknown_token" }, refund: yes };
}
