// Announcing: facts are appended to the outbox in the transaction that makes them true.
import type { Statement } from "./burst.js";
import type { Transaction } from "./flight.js";

/** A fact to be announced. `message` is what the broker will get, byte for byte. */
export interface OutboxFact {
  /** From `newEventId`. */
  readonly id: string;
  /** `type/id` of the aggregate; its part of the ledger is derived from it. */
  readonly aggregate: string;
  /** Given under the aggregate's row lock, gapless from 1. */
  readonly version: bigint;
  /** The fact's name, `order.placed`; the relay's namespace before it makes the broker's subject. */
  readonly type: string;
  readonly orderId?: string | undefined;
  readonly traceparent?: string | undefined;
  readonly message: Uint8Array;
}

/** What the ledger gave a fact: its place in the order of publishing, and the part whose lease holder publishes it. */
export interface AppendedFact extends OutboxFact {
  readonly position: bigint;
  readonly part: number;
}

/**
 * Appends facts in the given order, which must be version order within each aggregate. One statement, sent without
 * waiting: COMMIT may follow it in the same flight.
 */
export function appendFacts(tx: Transaction, facts: readonly OutboxFact[]): Promise<AppendedFact[]> {
  const appended = tx
    .sendArrays<readonly [position: bigint, part: number]>(append, valuesOf(facts))
    .then((places) => facts.map((fact, index) => placed(fact, places[index])));
  // A failure also fails the transaction: it is heard there, whoever drops this promise.
  appended.catch(() => undefined);
  return appended;
}

function placed(fact: OutboxFact, place: readonly [bigint, number] | undefined): AppendedFact {
  if (place === undefined) {
    throw new Error(`the outbox did not answer where fact ${fact.id} was put`);
  }
  return { ...fact, position: place[0], part: place[1] };
}

const append: Statement = {
  name: "outbox.append",
  // The messages travel as one binary value with offsets: an array of bytea would travel as text, twice its size.
  text: `
    insert into outbox (id, part, aggregate, version, type, order_id, traceparent, message)
    select id, hashtext(aggregate) & 15, aggregate, version, type, order_id, traceparent,
           substring($9::bytea from start for length)
    from unnest($1::uuid[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::int[], $8::int[])
         with ordinality as fact (id, aggregate, version, type, order_id, traceparent, start, length, ordinal)
    order by ordinal
    returning position, part`,
};

function valuesOf(facts: readonly OutboxFact[]): readonly unknown[] {
  const starts: number[] = [];
  let start = 1;
  for (const fact of facts) {
    starts.push(start);
    start += fact.message.length;
  }
  return [
    facts.map((fact) => fact.id),
    facts.map((fact) => fact.aggregate),
    facts.map((fact) => fact.version),
    facts.map((fact) => fact.type),
    facts.map((fact) => fact.orderId ?? null),
    facts.map((fact) => fact.traceparent ?? null),
    starts,
    facts.map((fact) => fact.message.length),
    Buffer.concat(facts.map((fact) => fact.message)),
  ];
}
