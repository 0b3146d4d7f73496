// The finder: reads what the relay has not taken yet, by position and snapshot, so that no late commit is skipped.

import type { Statement } from "./burst.js";
import { run, transact } from "./flight.js";
import {
  byPosition,
  byTransaction,
  type FoundFact,
  type Group,
  type Identity,
  parseHeader,
  type Row,
  startsOf,
  toFact,
  wanted,
} from "./found.js";
import {
  factMessages,
  finderSettings,
  findStatement,
  lockOutbox,
  lockTimeout,
  outboxEnd,
  storedCursors,
  unpublishedFacts,
} from "./ledger.js";
import type { Store } from "./pool.js";

/**
 * How far a part has been read: every row up to `position` that is visible in `snapshot` has been taken. Rows at or below
 * `floor` are never late: they were there when the database was restored, and their xids mean nothing.
 */
export interface Cursor {
  readonly part: number;
  readonly position: bigint;
  readonly snapshot: string;
  readonly floor: bigint;
}

export interface Findings {
  /** In the order of publishing: late ones first, then new ones, each by position. */
  readonly facts: readonly FoundFact[];
  /** Where every part stands when all of `facts` have been published. */
  readonly cursors: readonly Cursor[];
  /** There is more to be read now. */
  readonly more: boolean;
}

/** The database is another one, or was started again: what was remembered of it is void. */
export class LedgerMoved extends Error {
  override readonly name = "LedgerMoved";
}

interface StoredRow {
  readonly part: number;
  readonly position: bigint | null;
  readonly snapshot: string | null;
  readonly floor: bigint | null;
  readonly system: bigint | null;
  readonly timeline: number | null;
  readonly header: string;
}

interface Place {
  position: bigint;
  snapshot: string | null;
  floor: bigint;
}

const nothingAbove = 9_223_372_036_854_775_807n;

/** The bytes of a found fact. */
export interface FoundMessage {
  readonly position: bigint;
  readonly type: string;
  readonly message: Buffer;
}

/** Reads the messages of found facts, in no order. */
export async function readMessages(store: Store, ids: readonly string[]): Promise<FoundMessage[]> {
  return await run<FoundMessage>(store, factMessages, [ids]);
}

/** The finder of one relay. After any error its memory is void: make a new one and adopt the parts again. */
export class Finder {
  readonly #store: Store;
  readonly #limit: number;
  readonly #find: Statement;
  readonly #places = new Map<number, Place>();
  #unpublished: FoundFact[] = [];
  #identity: Identity | undefined;

  /** `limit` rows at most are read of each branch at a time. */
  constructor(store: Store, limit = 2_000) {
    this.#store = store;
    this.#limit = limit;
    this.#find = findStatement(limit);
  }

  /** The database that was read last. */
  get identity(): Identity | undefined {
    return this.#identity;
  }

  /** Starts reading parts from their newest stored cursors. */
  async adopt(parts: readonly number[]): Promise<void> {
    const rows = await run<StoredRow>(this.#store, storedCursors, [parts]);
    const foreign: number[] = [];
    for (const row of rows) {
      const { identity } = parseHeader(row.header);
      this.#recognise(identity);
      if (row.position === null) {
        this.#places.set(row.part, { position: 0n, snapshot: null, floor: 0n });
      } else if (row.system === identity.system && row.timeline === identity.timeline) {
        this.#places.set(row.part, { position: row.position, snapshot: row.snapshot, floor: row.floor ?? 0n });
      } else {
        foreign.push(row.part);
      }
    }
    if (foreign.length > 0) {
      await this.#adoptRestored(foreign);
    }
  }

  /** Stops reading parts. */
  drop(parts: readonly number[]): void {
    for (const part of parts) {
      this.#places.delete(part);
    }
    this.#unpublished = this.#unpublished.filter((fact) => this.#places.has(fact.part));
  }

  /** Reads what is there now. Throws LedgerMoved when the database is not the one it was. */
  async poll(): Promise<Findings> {
    const late: FoundFact[] = this.#unpublished;
    this.#unpublished = [];
    const fresh: FoundFact[] = [];
    let seen: string | null = null;
    let more = false;
    for (const group of this.#groups()) {
      const page: GroupPage = await this.#readGroup(group, seen);
      seen = page.seen;
      more ||= page.more;
      late.push(...page.late);
      fresh.push(...page.fresh);
    }
    return { facts: [...late.sort(byPosition), ...fresh.sort(byPosition)], cursors: this.#cursors(), more };
  }

  /** Parts with the same snapshot are read together; after one poll that is all of them. */
  #groups(): Group[] {
    const groups = new Map<
      string,
      { snapshot: string | null; floor: bigint; cursors: { part: number; position: bigint }[] }
    >();
    for (const [part, { position, snapshot, floor }] of this.#places) {
      const key = `${snapshot}/${floor}`;
      const group = groups.get(key) ?? { snapshot, floor, cursors: [] };
      group.cursors.push({ part, position });
      groups.set(key, group);
    }
    return [...groups.values()];
  }

  async #readGroup(group: Group, earlier: string | null): Promise<GroupPage> {
    const first = await this.#page(group, earlier, undefined);
    const seen = earlier ?? first.snapshot;
    const late = [...first.late];
    if (first.late.length < this.#limit) {
      this.#advance(group, seen, first.fresh);
      return {
        seen,
        late: wanted(group, late),
        fresh: first.fresh.map(toFact),
        more: first.fresh.length === this.#limit,
      };
    }
    // All late rows before anything new: of two facts of one aggregate the earlier may be on the later page.
    for (let last = late.at(-1); last !== undefined; ) {
      const page = await this.#page(group, seen, last);
      late.push(...page.late);
      last = page.late.length === this.#limit ? page.late.at(-1) : undefined;
    }
    this.#advance(group, seen, []);
    return { seen, late: wanted(group, late), fresh: [], more: true };
  }

  async #page(group: Group, seen: string | null, after: Row | undefined): Promise<Page> {
    const parts = group.cursors.map(({ part }) => part);
    const heads = group.cursors.map(({ position }) => (after === undefined ? position : nothingAbove));
    const highest = group.cursors.reduce((high, { position }) => (position > high ? position : high), 0n);
    const values = [group.snapshot, parts, heads, highest, group.floor, ...startsOf(group, after), seen];
    const rows = await transact(this.#store, async (tx) => {
      const [, answer] = await Promise.all([
        tx.send(finderSettings),
        tx.sendArrays<Row>(this.#find, values),
        tx.commit(),
      ]);
      return answer;
    });
    const { snapshot, identity } = parseHeader(rows.find(([kind]) => kind === 2)?.[4] ?? "");
    this.#recognise(identity);
    const late = rows
      .filter(([kind]) => kind === 0)
      .sort(byTransaction)
      .slice(0, this.#limit);
    return { snapshot, late, fresh: rows.filter(([kind]) => kind === 1) };
  }

  #advance(group: Group, snapshot: string, fresh: readonly Row[]): void {
    const end = fresh.reduce((high, row) => (row[2] > high ? row[2] : high), 0n);
    for (const { part, position } of group.cursors) {
      this.#places.set(part, { position: end > position ? end : position, snapshot, floor: group.floor });
    }
  }

  #cursors(): Cursor[] {
    return [...this.#places].flatMap(([part, { position, snapshot, floor }]) =>
      snapshot === null ? [] : [{ part, position, snapshot, floor }],
    );
  }

  #recognise(identity: Identity): void {
    const known = this.#identity;
    this.#identity = identity;
    if (known && (known.system !== identity.system || known.timeline !== identity.timeline)) {
      throw new LedgerMoved("the database is another one than before: it was restored or has failed over");
    }
    if (known && known.started !== identity.started) {
      throw new LedgerMoved("the database was started again");
    }
  }

  /** In a restored database xids are void: what has no receipt is found once, by comparing everything. */
  async #adoptRestored(parts: readonly number[]): Promise<void> {
    const end = await transact(this.#store, async (tx) => {
      // Writers are waited for, so that whoever commits later has a position above the floor.
      await Promise.all([tx.send(lockTimeout), tx.send(lockOutbox)]);
      const [row] = await tx.send<{ position: bigint; snapshot: string }>(outboxEnd);
      return row;
    });
    if (end === undefined) {
      throw new Error("the outbox did not say where it ends");
    }
    this.#unpublished.push(...(await run<FoundFact>(this.#store, unpublishedFacts, [parts, end.position])));
    for (const part of parts) {
      this.#places.set(part, { position: end.position, snapshot: end.snapshot, floor: end.position });
    }
  }
}

interface Page {
  readonly snapshot: string;
  readonly late: readonly Row[];
  readonly fresh: readonly Row[];
}

interface GroupPage {
  readonly seen: string;
  readonly late: readonly FoundFact[];
  readonly fresh: readonly FoundFact[];
  readonly more: boolean;
}
