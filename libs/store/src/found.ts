// What the finder's statement answers: its rows, read and put in order. Pure.

/** Which database this is: after a restore or a promotion old snapshots mean nothing; a restart forgets connections. */
export interface Identity {
  readonly system: bigint;
  readonly timeline: number;
  readonly started: string;
}

/** A committed fact, without its message. */
export interface FoundFact {
  readonly id: string;
  readonly position: bigint;
  readonly part: number;
  readonly aggregate: string;
  readonly version: bigint;
}

/** A row: kind, id, position, part, aggregate (of the header: the snapshot and who the database is), version, xid. */
export type Row = readonly [kind: number, string, bigint, number, string, bigint, string];

/** Parts that are read together, because they have been read up to the same snapshot. */
export interface Group {
  readonly snapshot: string | null;
  readonly floor: bigint;
  readonly cursors: readonly { part: number; position: bigint }[];
}

/** The header row's text. Throws when it is none. */
export function parseHeader(text: string): { snapshot: string; identity: Identity } {
  const [snapshot, system, timeline, started] = text.split(" ");
  if (snapshot === undefined || system === undefined || timeline === undefined || started === undefined) {
    throw new Error("the ledger's finder got no header");
  }
  return { snapshot, identity: { system: BigInt(system), timeline: Number(timeline), started } };
}

/** A row that is no header. */
export function toFact([, id, position, part, aggregate, version]: Row): FoundFact {
  return { id, position, part, aggregate, version };
}

/**
 * Where the page starts: (xid, position) among the transactions in progress in the group's snapshot, and among those at or
 * above its xmax.
 */
export function startsOf(
  group: Group,
  after: Row | undefined,
): readonly [string | null, bigint, string | null, bigint] {
  const xmax = group.snapshot?.split(":")[1] ?? null;
  if (after === undefined || xmax === null) {
    return ["0", 0n, xmax, -1n];
  }
  const [, , position, , , , xid] = after;
  return BigInt(xid) < BigInt(xmax) ? [xid, position, xmax, -1n] : [xid, position, xid, position];
}

/** Above its own part's cursor a row is not late but new: it is read as such. */
export function wanted(group: Group, late: readonly Row[]): FoundFact[] {
  const heads = new Map(group.cursors.map(({ part, position }) => [part, position]));
  return late.map(toFact).filter(({ part, position }) => position <= (heads.get(part) ?? -1n));
}

/** The order of publishing. */
export function byPosition(a: FoundFact, b: FoundFact): number {
  return a.position < b.position ? -1 : a.position > b.position ? 1 : 0;
}

/** The order of the pages of late rows. */
export function byTransaction(a: Row, b: Row): number {
  const [x, y] = [BigInt(a[6]), BigInt(b[6])];
  return x !== y ? (x < y ? -1 : 1) : a[2] < b[2] ? -1 : 1;
}
