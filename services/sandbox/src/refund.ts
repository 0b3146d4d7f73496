// The table `refund`: every refund that was ever asked for, by its idempotency key.

import { randomUUID } from "node:crypto";
import type { Store } from "@pavane/store";
import type { Charge } from "./charge.js";
import { tokenOf } from "./token.js";

/** A refund as it is asked for, of a charge by its id. Amounts are minor units. */
export interface RefundRequest {
  readonly order_id: string;
  readonly charge_id: string;
  readonly currency: string;
  readonly amount: bigint;
}

/** A refund as it is kept. OPEN: nothing decided yet. */
export interface Refund extends RefundRequest {
  readonly number: bigint;
  readonly key: string;
  readonly id: string;
  readonly status: "OPEN" | "REFUNDED" | "REFUSED";
  readonly code: string | null;
  /** How often it was asked for, the present request included. */
  readonly requests: number;
  readonly created_at: Date;
  readonly decided_at: Date | null;
}

/** Finds the refund of a key, or opens it, and counts the request. What it answers may be of another request. */
export async function askRefund({ knex }: Store, key: string, asked: RefundRequest): Promise<Refund> {
  const found = await knex.raw<{ rows: Refund[] }>(
    `insert into refund as r (key, id, order_id, charge_id, currency, amount) values (?, ?, ?, ?, ?, ?)
     on conflict (key) do update set requests = r.requests + 1 returning *`,
    [key, `re_${randomUUID()}`, asked.order_id, asked.charge_id, asked.currency, asked.amount.toString()],
  );
  return only(found.rows);
}

/** Decides an OPEN refund. Never gives back more than was charged, whatever the keys. Answers what was decided first. */
export async function decideRefund({ knex }: Store, { key, charge_id, currency, amount }: Refund): Promise<Refund> {
  return await knex.transaction(async (trx) => {
    // The charge's lock: two refunds of one charge are decided one after the other.
    const charge = await trx<Charge>("charge").where({ id: charge_id }).forUpdate().first();
    const [sum] = await trx("refund").where({ charge_id, status: "REFUNDED" }).sum<{ sum: string | null }[]>("amount");
    const left = (charge?.amount ?? 0n) - BigInt(sum?.sum ?? 0);
    const code = refusalOf(charge, { currency, amount }, left);
    await trx("refund")
      .where({ key, status: "OPEN" })
      .update({ status: code === null ? "REFUNDED" : "REFUSED", code, decided_at: trx.raw("now()") });
    return only(await trx<Refund>("refund").where({ key }));
  });
}

/** Refunds in the order they were first asked for, after the given number. */
export async function listRefunds({ knex }: Store, after: bigint, limit: number): Promise<Refund[]> {
  return await knex("refund")
    .select<Refund[]>("*")
    .where("number", ">", after.toString())
    .orderBy("number")
    .limit(limit);
}

function refusalOf(
  charge: Charge | undefined,
  asked: { readonly currency: string; readonly amount: bigint },
  left: bigint,
): string | null {
  if (charge === undefined || charge.status !== "APPROVED") return "unknown_charge";
  if (charge.currency !== asked.currency) return "wrong_currency";
  if (asked.amount > left) return "exceeds_charge";
  return tokenOf(charge.token).refund.refusal ?? null;
}

function only(rows: readonly unknown[]): Refund {
  const [row] = rows;
  if (row === undefined) throw new Error("the refund is not there any more");
  return row as Refund;
}
