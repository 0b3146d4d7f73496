// The table `charge`: every charge that was ever asked for, by its idempotency key.

import { randomUUID } from "node:crypto";
import type { Store } from "@pavane/store";

/** A charge as it is asked for. Amounts are minor units. */
export interface ChargeRequest {
  readonly order_id: string;
  readonly token: string;
  readonly currency: string;
  readonly amount: bigint;
}

/** A charge as it is kept. OPEN: nothing decided yet. */
export interface Charge extends ChargeRequest {
  readonly number: bigint;
  readonly key: string;
  readonly id: string;
  readonly status: "OPEN" | "APPROVED" | "DECLINED";
  readonly code: string | null;
  /** How often it was asked for, the present request included. */
  readonly requests: number;
  readonly created_at: Date;
  readonly decided_at: Date | null;
}

/** Finds the charge of a key, or opens it, and counts the request. What it answers may be of another request. */
export async function askCharge({ knex }: Store, key: string, asked: ChargeRequest): Promise<Charge> {
  const found = await knex.raw<{ rows: Charge[] }>(
    `insert into charge as c (key, id, order_id, token, currency, amount) values (?, ?, ?, ?, ?, ?)
     on conflict (key) do update set requests = c.requests + 1 returning *`,
    [key, `ch_${randomUUID()}`, asked.order_id, asked.token, asked.currency, asked.amount.toString()],
  );
  return only(found.rows);
}

/** Decides an OPEN charge: a refusal, or yes. Answers what was decided first, whoever did. */
export async function decideCharge({ knex }: Store, key: string, refusal: string | undefined): Promise<Charge> {
  const status = refusal === undefined ? "APPROVED" : "DECLINED";
  const decided = knex.raw("now()");
  await knex("charge")
    .where({ key, status: "OPEN" })
    .update({ status, code: refusal ?? null, decided_at: decided });
  return only(await knex<Charge>("charge").where({ key }));
}

/** Charges in the order they were first asked for, after the given number. */
export async function listCharges({ knex }: Store, after: bigint, limit: number): Promise<Charge[]> {
  return await knex("charge")
    .select<Charge[]>("*")
    .where("number", ">", after.toString())
    .orderBy("number")
    .limit(limit);
}

function only(rows: readonly unknown[]): Charge {
  const [row] = rows;
  if (row === undefined) throw new Error("the charge is not there any more");
  return row as Charge;
}
