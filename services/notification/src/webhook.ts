// The WEBHOOK channel: an HTTP POST, signed as the Standard Webhooks specification says.

import { createHmac } from "node:crypto";
import type { Delivery, Letter } from "./domain.js";

/** How to sign posts. */
export interface WebhookOptions {
  /** The shared secret; undefined sends posts without a signature. `whsec_…` is read as base64. */
  readonly secret: string | undefined;
}

/**
 * Posts notifications. The receiver tells repeats by `idempotency-key` (and `webhook-id`, the same). 2xx is delivered;
 * 408, 425, 429, 5xx and no answer are tried again; everything else, redirects included, is final.
 */
export const byWebhook =
  ({ secret }: WebhookOptions) =>
  async (key: string, letter: Letter, signal: AbortSignal): Promise<Delivery> => {
    const { recipient, since, fact, ...data } = letter;
    const body = JSON.stringify({ type: fact, timestamp: since, data });
    const response = await fetch(recipient, {
      method: "POST",
      headers: { "content-type": "application/json", "idempotency-key": key, ...signed(key, body, secret) },
      body,
      redirect: "manual",
      signal,
    });
    await response.body?.cancel();
    if (response.ok) return { status: "SENT" };
    const failure = `the webhook answered ${response.status}`;
    if (response.status >= 500 || again.includes(response.status)) throw new Error(failure);
    return { status: "FAILED", failure };
  };

/** Request timeout, too early, too many requests: not now. */
const again: readonly number[] = [408, 425, 429];

function signed(id: string, body: string, secret: string | undefined): Record<string, string> {
  const timestamp = Math.floor(Date.now() / 1000).toString();
  const headers = { "webhook-id": id, "webhook-timestamp": timestamp };
  if (secret === undefined) return headers;
  const key = secret.startsWith("whsec_") ? Buffer.from(secret.slice(6), "base64") : Buffer.from(secret);
  const signature = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
  return { ...headers, "webhook-signature": `v1,${signature}` };
}
