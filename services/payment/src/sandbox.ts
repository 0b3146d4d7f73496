// The sandbox as our payment provider, over HTTP.

import { z } from "zod";
import type { Charge, ChargeOutcome, Refund, RefundOutcome } from "./domain.js";
import type { Provider } from "./provider.js";

/** Where the sandbox is, and how long we wait for an answer. */
export interface SandboxOptions {
  readonly url: string;
  readonly timeoutMillis: number;
}

/** Nothing is known of a request: it may have been carried out or not. */
class Unanswered extends Error {
  override readonly name = "Unanswered";
}

/** The sandbox as a provider. */
export function sandboxProvider({ url, timeoutMillis }: SandboxOptions): Provider {
  const ask = async (path: string, key: string, body: object, signal: AbortSignal): Promise<Verdict> => {
    const response = await fetch(new URL(path, url), {
      method: "POST",
      headers: { "Idempotency-Key": key, "content-type": "application/json" },
      body: JSON.stringify(body),
      redirect: "error",
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMillis)]),
    });
    return verdictOf(response.status, await response.text());
  };
  return {
    async charge(key, { orderId, amount, cardToken }: Charge, signal): Promise<ChargeOutcome> {
      const { id, reason } = await ask("/charges", key, { ...operation(orderId, amount), token: cardToken }, signal);
      return id === undefined ? { status: "DECLINED", reason } : { status: "APPROVED", reference: id };
    },
    async refund(key, { orderId, amount, reference }: Refund, signal): Promise<RefundOutcome> {
      const { id, reason } = await ask(
        "/refunds",
        key,
        { ...operation(orderId, amount), charge_id: reference },
        signal,
      );
      return id === undefined ? { status: "REFUSED", reason } : { status: "REFUNDED", reference: id };
    },
  };
}

type Verdict = { readonly id: string; readonly reason: "" } | { readonly id: undefined; readonly reason: string };

function operation(orderId: string, { currencyCode, minorUnits }: Charge["amount"]) {
  return { order_id: orderId, currency: currencyCode, amount: minorUnits };
}

const done = z.object({ id: z.string().min(1) });
const refused = z.object({ code: z.string(), message: z.string() });

/**
 * Of the refusals these say nothing of the request itself: our credentials, the key, or the moment was wrong. A key used
 * for another request (409, 422) may even have taken money: calling that declined would lose it.
 */
const undecided = new Set([401, 403, 407, 408, 409, 422, 423, 425, 429]);

function verdictOf(status: number, text: string): Verdict {
  if (status === 200 || status === 201) return { id: parsed(done, status, text).id, reason: "" };
  if (status < 400 || status >= 500 || undecided.has(status)) {
    throw new Unanswered(`the provider answered ${status}: ${text.slice(0, 200)}`);
  }
  const { code, message } = parsed(refused, status, text);
  return { id: undefined, reason: `${code}: ${message}` };
}

// A proxy's page with our provider's status code is no answer of the provider's.
function parsed<Body>(body: z.ZodType<Body>, status: number, text: string): Body {
  try {
    return body.parse(JSON.parse(text));
  } catch (cause) {
    throw new Unanswered(`the provider answered ${status} with ${text.slice(0, 200)}`, { cause });
  }
}
