// The provider's own books, read over HTTP: every charge and every refund it was ever asked for.
import { Trouble } from "../trouble.js";

/** A charge or a refund in the provider's books. */
export interface Operation {
  readonly id: string;
  readonly key: string;
  readonly orderId: string;
  /** Of a refund: the charge it gives back. */
  readonly chargeId: string | undefined;
  readonly currency: string;
  readonly amount: bigint;
  /** OPEN: nothing decided yet. APPROVED and REFUNDED moved money; DECLINED and REFUSED did not. */
  readonly status: string;
  readonly createdAt: Date;
}

/** The provider's books, by order. */
export interface Provider {
  readonly charges: readonly Operation[];
  readonly refunds: readonly Operation[];
  chargesOf(orderId: string): readonly Operation[];
  refundsOf(orderId: string): readonly Operation[];
}

/** Reads all of them. Throws Trouble when the provider does not answer. */
export async function readProvider(url: string): Promise<Provider> {
  const [charges, refunds] = await Promise.all([readAll(url, "charges"), readAll(url, "refunds")]);
  const [chargesBy, refundsBy] = [byOrder(charges), byOrder(refunds)];
  return {
    charges,
    refunds,
    chargesOf: (orderId) => chargesBy.get(orderId) ?? [],
    refundsOf: (orderId) => refundsBy.get(orderId) ?? [],
  };
}

interface Row {
  readonly id: string;
  readonly key: string;
  readonly order_id: string;
  readonly charge_id?: string;
  readonly currency: string;
  readonly amount: string;
  readonly status: string;
  readonly created_at: string;
}

async function readAll(url: string, what: "charges" | "refunds"): Promise<Operation[]> {
  const found: Operation[] = [];
  for (let after: string | null = "0"; after !== null; ) {
    const page = await readPage(`${url}/${what}?limit=1000&after=${after}`);
    found.push(...page.rows.map(toOperation));
    after = page.next;
  }
  return found;
}

async function readPage(url: string): Promise<{ readonly rows: readonly Row[]; readonly next: string | null }> {
  let response: Response;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(30_000) });
  } catch (error) {
    throw new Trouble(`The provider at ${url} does not answer: ${String(error)}`);
  }
  if (!response.ok) throw new Trouble(`The provider at ${url} answers ${response.status}: ${await response.text()}`);
  return (await response.json()) as { rows: Row[]; next: string | null };
}

function toOperation({ order_id, charge_id, amount, created_at, id, key, currency, status }: Row): Operation {
  const ids = { id, key, orderId: order_id, chargeId: charge_id };
  return { ...ids, currency, amount: BigInt(amount), status, createdAt: new Date(created_at) };
}

function byOrder(operations: readonly Operation[]): ReadonlyMap<string, readonly Operation[]> {
  const found = new Map<string, Operation[]>();
  for (const one of operations) found.set(one.orderId, [...(found.get(one.orderId) ?? []), one]);
  return found;
}
