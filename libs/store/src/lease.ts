// Leases on the sixteen parts of a ledger: which replica publishes what, and until when it may be sure of it.

import type { Statement } from "./burst.js";
import { run } from "./flight.js";
import type { Store } from "./pool.js";

/** Parts of every ledger; an aggregate belongs to one of them. */
export const ledgerParts = 16;

export interface LeaseOptions {
  readonly store: Store;
  /** Names this process among the service's replicas. */
  readonly replica: string;
  /** A replica that has not been heard of for so long is dead; 5,000 by default. */
  readonly leaseMillis?: number;
}

/** What a heartbeat found. */
export interface Beat {
  /** Parts that were held and are not any more. */
  readonly lost: readonly number[];
  /** Parts held above this replica's fair share: to be released when nothing of them is in flight. */
  readonly surplus: readonly number[];
  /** How many parts may be taken now. */
  readonly wanted: number;
}

/** One replica's leases. Nothing runs by itself: the holder beats, several times within a lease. */
export interface Leases {
  /** Parts held, with the token that fences them. */
  readonly held: ReadonlyMap<number, bigint>;
  /** Whether a part is held for sure, by a monotonic clock: to be asked before each publish. */
  valid(part: number): boolean;
  beat(): Promise<Beat>;
  /** Takes up to `count` parts that are free or whose holder is dead; answers those taken. */
  take(count: number): Promise<readonly number[]>;
  /** Gives parts back at once. */
  release(parts: readonly number[]): Promise<void>;
  /** Gives everything back and is heard of no more. */
  leave(): Promise<void>;
}

const beat: Statement = {
  name: "lease.beat",
  // One heartbeat row a replica is all that is updated: sixteen would leave dead rows by the hundred.
  text: `
    with mine as (
      insert into heartbeat (replica, at) values ($1, clock_timestamp())
      on conflict (replica) do update set at = excluded.at
      returning replica),
    live as (
      select replica from heartbeat where replica <> $1 and at > clock_timestamp() - make_interval(secs => $2)
      union all select replica from mine)
    select part, token, owner = $1 as mine, owner is null or owner = $1 or owner not in (select replica from live) as free,
           (select count(*)::int from live) as live
    from lease`,
};

const take: Statement = {
  name: "lease.take",
  text: `
    update lease set owner = $1, token = nextval('lease_token')
    where part in (
      select part from lease
      where (owner is null or owner = $1 or not exists (
              select from heartbeat where replica = owner and at > clock_timestamp() - make_interval(secs => $2)))
        and part <> all ($4::smallint[])
      order by part limit $3
      for update skip locked)
    returning part, token`,
};

const release: Statement = {
  name: "lease.release",
  text: `
    update lease set owner = null, token = nextval('lease_token')
    where part in (select part from lease where part = any ($2::smallint[]) and owner = $1 order by part for update)`,
};

const leave: Statement = {
  name: "lease.leave",
  text: "delete from heartbeat where replica = $1 or at < clock_timestamp() - interval '1 hour'",
};

interface LeaseRow {
  readonly part: number;
  readonly token: bigint;
  readonly mine: boolean | null;
  readonly free: boolean;
  readonly live: number;
}

/** Leases of one replica, none held yet. */
export function openLeases(options: LeaseOptions): Leases {
  return new ReplicaLeases(options.store, options.replica, options.leaseMillis ?? 5_000);
}

class ReplicaLeases implements Leases {
  readonly held = new Map<number, bigint>();
  readonly #store: Store;
  readonly #replica: string;
  readonly #millis: number;
  #validUntil = 0;

  constructor(store: Store, replica: string, millis: number) {
    this.#store = store;
    this.#replica = replica;
    this.#millis = millis;
  }

  valid(part: number): boolean {
    return this.held.has(part) && performance.now() < this.#validUntil;
  }

  async beat(): Promise<Beat> {
    const sent = performance.now();
    const rows = await run<LeaseRow>(this.#store, beat, [this.#replica, this.#millis / 1000]);
    // An answer that came after the old lease had run out may have crossed with another's taking: everything is lost.
    const expired = performance.now() >= this.#validUntil;
    const lost = [...this.held].filter(([part, token]) => expired || !this.#stillMine(rows, part, token));
    for (const [part] of lost) {
      this.held.delete(part);
    }
    this.#validUntil = sent + this.#millis;
    const share = Math.ceil(ledgerParts / (rows[0]?.live ?? 1));
    const free = rows.filter((row) => row.free && !this.held.has(row.part)).length;
    return {
      lost: lost.map(([part]) => part),
      surplus: [...this.held.keys()].sort((a, b) => a - b).slice(share),
      wanted: Math.min(free, Math.max(0, share - this.held.size)),
    };
  }

  #stillMine(rows: readonly LeaseRow[], part: number, token: bigint): boolean {
    return rows.some((row) => row.part === part && row.mine === true && row.token === token);
  }

  async take(count: number): Promise<readonly number[]> {
    const values = [this.#replica, this.#millis / 1000, count, [...this.held.keys()]];
    const rows = await run<LeaseRow>(this.#store, take, values);
    for (const row of rows) {
      this.held.set(row.part, row.token);
    }
    return rows.map((row) => row.part);
  }

  async release(parts: readonly number[]): Promise<void> {
    for (const part of parts) {
      this.held.delete(part);
    }
    await run(this.#store, release, [this.#replica, parts]);
  }

  async leave(): Promise<void> {
    await this.release([...this.held.keys()]);
    await run(this.#store, leave, [this.#replica]);
  }
}
