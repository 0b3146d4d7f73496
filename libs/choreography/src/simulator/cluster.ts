// Rows of one service that some input touches together: every state they may get into, and which inputs meet in them.

import type { Input } from "./foresight.js";
import type { Site } from "./site.js";
import { idle, start, type Turn } from "./turn.js";

/** A state of a cluster's rows. */
export interface Place {
  readonly number: number;
  /** By cell of the service; what is not the cluster's is as it was at first. */
  readonly rows: readonly number[];
  /** What each input that does something here does, and where it leads. */
  readonly ways: Map<Input, Way>;
  /** Whether no rule of the service is broken by these rows. */
  readonly sound: boolean;
  /** The facts that may be announced from here on. */
  facts: ReadonlySet<number>;
}

/** What an input does in a place. Undefined where it fails. */
interface Way {
  readonly to: Place | undefined;
  readonly turn: Turn;
}

/** Rows that belong together. */
export class Cluster {
  readonly inputs: Input[] = [];
  /** The cells that its inputs change. */
  readonly cells = new Set<number>();
  /** Cells that inputs were seen to write beside these: to be owned before it grows on. */
  readonly found = new Set<number>();
  readonly facts = new Set<number>();
  readonly effects = new Set<number>();
  places: Place[] = [];
  settled = false;
  #byKey = new Map<string, Place>();
  /** How many of the inputs all places have met. */
  #met = 0;
  readonly #conflicts = new Map<Input, readonly bigint[]>();

  constructor(
    readonly site: Site,
    public index: number,
  ) {}

  /** Takes in another cluster. */
  take(other: Cluster): void {
    for (const input of other.inputs) {
      input.cluster = this;
      this.inputs.push(input);
    }
    this.own(other.cells);
    this.settled = false;
  }

  /** Owns these cells from now on. Places that left out a cell are of no use: they are made again. */
  own(cells: Iterable<number>): void {
    const before = this.cells.size;
    for (const cell of cells) this.cells.add(cell);
    if (this.cells.size === before) return;
    this.places = [];
    this.#byKey.clear();
    this.#met = 0;
    this.settled = false;
  }

  /** Whether a cell is its own, or looked at by one of its inputs. */
  touches(cell: number): boolean {
    return this.cells.has(cell) || this.inputs.some(({ intake }) => intake.cells.includes(cell));
  }

  /** The place of rows of the whole service. */
  find(rows: readonly number[]): Place | undefined {
    return this.#byKey.get(this.#key(rows));
  }

  /** Lets every input meet every place, beginning at these rows. */
  grow(initial: readonly number[], most: number): void {
    this.settled = true;
    if (this.places.length === 0) this.#place(initial);
    const met = this.places.length;
    for (let index = 0; index < this.places.length && this.places.length < most; index++) {
      const place = this.places[index] as Place;
      for (const input of index < met ? this.inputs.slice(this.#met) : this.inputs) this.#meet(place, input);
    }
    this.#met = this.inputs.length;
  }

  /** Works out what may be announced from each place on. */
  lookAhead(): void {
    for (let changed = true; changed; ) {
      changed = false;
      for (const place of this.places.toReversed()) {
        const facts = new Set<number>(place.facts);
        for (const { to, turn } of place.ways.values()) {
          for (const fact of turn.facts) facts.add(fact);
          for (const fact of to?.facts ?? []) facts.add(fact);
        }
        if (facts.size > place.facts.size) changed = true;
        place.facts = facts;
      }
    }
  }

  /** The inputs, as bits, that from this place on may come out differently before and after this one. */
  conflicts(input: Input, place: Place): bigint {
    // A rule that is broken by this cluster's first rows alone looks at more than them: nothing is known then.
    if (this.places[0]?.sound !== true) return -1n;
    let conflicts = this.#conflicts.get(input);
    if (conflicts === undefined) {
      conflicts = this.#conflicting(input);
      this.#conflicts.set(input, conflicts);
    }
    return conflicts[place.number] ?? -1n;
  }

  #conflicting(input: Input): bigint[] {
    const conflicts = this.places.map((place) =>
      this.inputs.reduce(
        (bits, other) => (other === input || commute(place, input, other) ? bits : bits | other.bit),
        0n,
      ),
    );
    for (let changed = true; changed; ) {
      changed = false;
      for (const { number, ways } of this.places.toReversed()) {
        let bits = conflicts[number] ?? 0n;
        for (const [by, { to }] of ways) if (by !== input && to !== undefined) bits |= conflicts[to.number] ?? 0n;
        if (bits !== conflicts[number]) changed = true;
        conflicts[number] = bits;
      }
    }
    return conflicts;
  }

  #meet(place: Place, input: Input): void {
    const { ground, registry } = this.site.states;
    let now = start;
    if (input.due !== undefined) {
      const row = place.rows[input.due] ?? 0;
      const due = row === 0 ? undefined : ground.cells.get(input.due).table.dueOf(registry.rows.get(row).row);
      if (due === undefined) return;
      now = Math.max(start, due.getTime());
    }
    const turn = ground.take(input.intake, place.rows, now);
    if (turn.failure !== undefined || turn.inserts.some((cell) => (place.rows[cell] ?? 0) > 0)) {
      place.ways.set(input, { to: undefined, turn });
      return;
    }
    if (idle(turn)) return;
    for (const fact of turn.facts) this.facts.add(fact);
    for (const effect of turn.effects) this.effects.add(effect);
    const strange = turn.writes.filter(([cell]) => !this.cells.has(cell));
    for (const [cell] of strange) this.found.add(cell);
    if (strange.length > 0) return;
    const rows = [...place.rows];
    for (const [cell, row] of turn.writes) {
      while (rows.length < cell) rows.push(0);
      rows[cell] = row;
    }
    place.ways.set(input, { to: this.#place(rows), turn });
  }

  #place(rows: readonly number[]): Place {
    const key = this.#key(rows);
    let place = this.#byKey.get(key);
    if (place === undefined) {
      const sound = this.site.states.sound(rows);
      place = { number: this.places.length, rows, ways: new Map(), sound, facts: new Set() };
      this.#byKey.set(key, place);
      this.places.push(place);
    }
    return place;
  }

  #key(rows: readonly number[]): string {
    let key = "";
    for (const cell of this.cells) key += `${rows[cell] ?? 0},`;
    return key;
  }
}

/** Whether two inputs come to the same in either order, with no rule broken in between. */
function commute(place: Place, one: Input, other: Input): boolean {
  const [first, second] = [place.ways.get(one), place.ways.get(other)];
  if (first === undefined && second === undefined) return true;
  const [afterFirst, afterSecond] = [first === undefined ? place : first.to, second === undefined ? place : second.to];
  if (afterFirst === undefined || afterSecond === undefined) return false;
  if (place.sound && !(afterFirst.sound && afterSecond.sound)) return false;
  const [then, instead] = [afterFirst.ways.get(other), afterSecond.ways.get(one)];
  const [end, same] = [then === undefined ? afterFirst : then.to, instead === undefined ? afterSecond : instead.to];
  return end !== undefined && end === same && alike([first, then], [second, instead]);
}

function alike(one: readonly (Way | undefined)[], other: readonly (Way | undefined)[]): boolean {
  return (
    same(numbers(one, "facts"), numbers(other, "facts")) && same(numbers(one, "effects"), numbers(other, "effects"))
  );
}

const none: readonly number[] = [];

/** What two steps say or wish for, sorted. */
function numbers([first, second]: readonly (Way | undefined)[], what: "facts" | "effects"): readonly number[] {
  const [left, right] = [first?.turn[what] ?? none, second?.turn[what] ?? none];
  return left.length + right.length === 0 ? none : [...left, ...right].sort((one, other) => one - other);
}

function same(left: readonly number[], right: readonly number[]): boolean {
  return left.length === right.length && left.every((number, index) => number === right[index]);
}
