// What the provider does when it is asked, whatever it is asked by: one decision under a key, and the token's faults.

import { setTimeout as sleep } from "node:timers/promises";
import type { Store } from "@pavane/store";
import { askCharge, type Charge, type ChargeRequest, decideCharge } from "./charge.js";
import { askRefund, decideRefund, type Refund, type RefundRequest } from "./refund.js";
import { type Script, tokenOf } from "./token.js";

/** What a caller hears; `silence` is nothing at all. */
export type Reply<Body = unknown> = { readonly status: number; readonly body: Body } | "silence";

/** What the provider works with. */
export interface ProviderOptions {
  readonly store: Store;
  /** How long a slow decision takes, in milliseconds. */
  readonly slowMillis: number;
  /** Ends slow decisions undecided. */
  readonly signal: AbortSignal;
}

type Operation = Charge | Refund;

/** Charges a card. Repeats under one key answer the first decision; another request under the key is refused 422. */
export async function charge(options: ProviderOptions, key: string, request: ChargeRequest): Promise<Reply> {
  const found = await askCharge(options.store, key, request);
  if (differs(request, found)) return reused(key);
  const script = tokenOf(request.token).charge;
  return await play(options, script, found, () => decideCharge(options.store, key, script.refusal));
}

/** Gives a charge back, under a key of its own, by the same rules. */
export async function refund(options: ProviderOptions, key: string, request: RefundRequest): Promise<Reply> {
  const found = await askRefund(options.store, key, request);
  if (differs(request, found)) return reused(key);
  const of = await options.store.knex<Charge>("charge").where({ id: request.charge_id }).first();
  return await play(options, tokenOf(of?.token ?? "").refund, found, () => decideRefund(options.store, found));
}

async function play(
  { slowMillis, signal }: ProviderOptions,
  { broken = 0, silent = 0, slow = false }: Script,
  found: Operation,
  decide: () => Promise<Operation>,
): Promise<Reply> {
  if (found.requests <= broken) return problem(500, "internal", "something broke, nothing was decided");
  if (slow && found.status === "OPEN") await sleep(slowMillis, undefined, { signal });
  const decided = found.status === "OPEN" ? await decide() : found;
  return found.requests <= silent ? "silence" : answer(decided);
}

function answer({ id, status, code }: Operation): Reply {
  return code === null ? { status: 200, body: { id, status } } : problem(402, code, `refused: ${code}`);
}

/** An answer that says why not. */
export function problem(status: number, code: string, message: string): Reply<{ code: string; message: string }> {
  return { status, body: { code, message } };
}

function reused(key: string): Reply {
  return problem(422, "key_reused", `the key ${key} was used for another request`);
}

function differs<Request extends object>(request: Request, kept: Readonly<Record<keyof Request, unknown>>): boolean {
  return (Object.keys(request) as (keyof Request)[]).some((field) => request[field] !== kept[field]);
}
