// A sheet of the audit: one invariant, the figures that were compared, and what contradicts it.

/** Columns that must add up to the same: a column with a minus before its name is subtracted. */
export interface Equation {
  readonly left: readonly string[];
  readonly right: readonly string[];
}

/** What an invariant says and what it is checked on. */
export interface Law {
  /** Short and stable: programs and tests know it by this. */
  readonly name: string;
  /** The invariant in a sentence. */
  readonly says: string;
  /** What a row is: a currency, an item, a service. */
  readonly of: string;
  /** Whether figures are minor units of the currency that names the row. */
  readonly money?: boolean;
  /** Checked on every row when the sheet is closed. */
  readonly equations?: readonly Equation[];
}

/** A sheet as it is reported. */
export interface Finding {
  readonly name: string;
  readonly says: string;
  readonly of: string;
  readonly money: boolean;
  readonly equations: readonly Equation[];
  readonly rows: ReadonlyMap<string, ReadonlyMap<string, bigint>>;
  /** How many things of each sort were looked at. */
  readonly compared: ReadonlyMap<string, number>;
  readonly violations: readonly string[];
  /** Worth an operator's look, but no contradiction. */
  readonly notes: readonly string[];
}

/** Collects figures and contradictions of one invariant. */
export class Sheet {
  readonly #rows = new Map<string, Map<string, bigint>>();
  readonly #compared = new Map<string, number>();
  readonly #violations: string[] = [];
  readonly #notes: string[] = [];

  constructor(readonly law: Law) {}

  /** Adds to a figure; 0 makes it appear. */
  add(row: string, column: string, amount: bigint | number): void {
    const figures = this.#rows.get(row) ?? new Map<string, bigint>();
    figures.set(column, (figures.get(column) ?? 0n) + BigInt(amount));
    this.#rows.set(row, figures);
  }

  /** Counts what was looked at. */
  looked(what: string, count = 1): void {
    this.#compared.set(what, (this.#compared.get(what) ?? 0) + count);
  }

  violated(how: string): void {
    this.#violations.push(how);
  }

  /** A violation unless the two are equal. */
  same(what: string, found: bigint | number | string, expected: bigint | number | string): void {
    if (String(found) !== String(expected)) this.violated(`${what} is ${found}, and must be ${expected}`);
  }

  note(what: string): void {
    this.#notes.push(what);
  }

  /** Checks the equations on every row. */
  close(): Finding {
    const { name, says, of, money = false, equations = [] } = this.law;
    for (const [row, figures] of this.#rows) {
      for (const { left, right } of equations) {
        if (total(figures, left) === total(figures, right)) continue;
        this.violated(
          `${row}: ${left.join(" + ")} is ${total(figures, left)}, ${right.join(" + ")} ${total(figures, right)}`,
        );
      }
    }
    const parts = { rows: this.#rows, compared: this.#compared, violations: this.#violations, notes: this.#notes };
    return { name, says, of, money, equations, ...parts };
  }
}

function total(figures: ReadonlyMap<string, bigint>, columns: readonly string[]): bigint {
  return columns.reduce((sum, column) => {
    const [name, sign] = signed(column);
    return sum + sign * (figures.get(name) ?? 0n);
  }, 0n);
}

/** A column of an equation, and whether it is added or subtracted. */
export function signed(column: string): readonly [name: string, sign: 1n | -1n] {
  return column.startsWith("-") ? [column.slice(1), -1n] : [column, 1n];
}
