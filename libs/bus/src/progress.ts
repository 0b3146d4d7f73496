// How far a relay has come: which readings of the ledger are published whole, so that their cursor may be stored.

import type { Cursor, Receipt } from "@pavane/store";

interface Reading {
  readonly generation: number;
  cursors: readonly Cursor[];
  /** Facts of it that are not done. */
  open: number;
}

/** Receipts to be written, and the cursor that they allow to be stored. */
export class Progress {
  /** Acknowledged and not yet written down. */
  receipts: Receipt[] = [];
  readonly #readings: Reading[] = [];
  readonly #byGeneration = new Map<number, Reading>();
  #generation = 0;
  #stored = new Map<number, string>();

  /** Notes a reading of the ledger; answers its generation. */
  begin(cursors: readonly Cursor[]): number {
    this.#merge();
    const reading: Reading = { generation: ++this.#generation, cursors, open: 0 };
    this.#readings.push(reading);
    this.#byGeneration.set(reading.generation, reading);
    return reading.generation;
  }

  /** A reading of which everything is done adds nothing to wait for: while an older one waits, only its cursors are kept. */
  #merge(): void {
    const [older, newer] = this.#readings.slice(-2);
    if (older && newer?.open === 0) {
      older.cursors = newer.cursors;
      this.#readings.pop();
      this.#byGeneration.delete(newer.generation);
    }
  }

  /** A fact of a reading is on its way. */
  open(generation: number): void {
    const reading = this.#byGeneration.get(generation);
    if (reading) {
      reading.open++;
    }
  }

  /** A fact of a reading is done. */
  close(generation: number | undefined): void {
    const reading = generation === undefined ? undefined : this.#byGeneration.get(generation);
    if (reading) {
      reading.open--;
    }
  }

  /** The newest cursors up to which every fact is done, without those that are stored already. */
  storable(): readonly Cursor[] {
    let whole: Reading | undefined;
    while (this.#readings[0]?.open === 0) {
      whole = this.#readings.shift();
      this.#byGeneration.delete(whole?.generation ?? 0);
    }
    if (whole) {
      // Kept in front until it is stored: a reading later may have to wait long.
      this.#readings.unshift(whole);
      this.#byGeneration.set(whole.generation, whole);
    }
    return whole?.cursors.filter((cursor) => this.#stored.get(cursor.part) !== placeOf(cursor)) ?? [];
  }

  /** These cursors are in the database. */
  stored(cursors: readonly Cursor[]): void {
    for (const cursor of cursors) {
      this.#stored.set(cursor.part, placeOf(cursor));
    }
  }

  /** Lets the cursors be stored again although nothing moved, so that the newest never grows old. */
  refresh(): void {
    this.#stored = new Map();
  }

  /** These parts are read by another now, or from the start again. */
  drop(parts: ReadonlySet<number>): void {
    for (const reading of this.#readings) {
      reading.cursors = reading.cursors.filter(({ part }) => !parts.has(part));
    }
    for (const part of parts) {
      this.#stored.delete(part);
    }
  }

  /** What was read is void; the receipts are not. */
  reset(): void {
    this.#readings.length = 0;
    this.#byGeneration.clear();
    this.#stored = new Map();
  }
}

/** A cursor without its snapshot: while nothing is published, a newer snapshot alone is not worth a row. */
function placeOf(cursor: Cursor): string {
  return `${cursor.position}/${cursor.floor}`;
}
