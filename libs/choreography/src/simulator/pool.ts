// A set of states, each a few small numbers, kept in flat arrays and found by hash: exact, compact and fast.

/** Growing list of 32-bit integers. */
export class Ints {
  #values = new Int32Array(1024);
  length = 0;

  push(value: number): void {
    if (this.length === this.#values.length) {
      const longer = new Int32Array(this.#values.length * 2);
      longer.set(this.#values);
      this.#values = longer;
    }
    this.#values[this.length++] = value;
  }

  get(index: number): number {
    return this.#values[index] ?? 0;
  }
}

/** A set of vectors of one width, numbered in the order in which they were added. */
export class Pool {
  size = 0;
  #values: Int32Array;
  #slots: Int32Array;

  constructor(readonly width: number) {
    this.#values = new Int32Array(width * 1024);
    this.#slots = new Int32Array(4096);
  }

  /** Adds a vector; its number, or ~number when it was there. */
  add(vector: Int32Array): number {
    if (this.size * 2 >= this.#slots.length) this.#rehash();
    const mask = this.#slots.length - 1;
    let slot = hash(vector, 0, this.width) & mask;
    for (let kept = this.#slots[slot] ?? 0; kept > 0; kept = this.#slots[slot] ?? 0) {
      if (this.#equal(kept - 1, vector)) return ~(kept - 1);
      slot = (slot + 1) & mask;
    }
    const number = this.size++;
    if (this.size * this.width > this.#values.length) {
      const longer = new Int32Array(this.#values.length * 2);
      longer.set(this.#values);
      this.#values = longer;
    }
    this.#values.set(vector, number * this.width);
    this.#slots[slot] = number + 1;
    return number;
  }

  /** Copies a vector of the set. */
  read(number: number, into: Int32Array): void {
    const from = number * this.width;
    for (let index = 0; index < this.width; index++) into[index] = this.#values[from + index] ?? 0;
  }

  #equal(number: number, vector: Int32Array): boolean {
    const from = number * this.width;
    for (let index = 0; index < this.width; index++) {
      if (this.#values[from + index] !== vector[index]) return false;
    }
    return true;
  }

  #rehash(): void {
    this.#slots = new Int32Array(this.#slots.length * 4);
    const mask = this.#slots.length - 1;
    for (let number = 0; number < this.size; number++) {
      let slot = hash(this.#values, number * this.width, this.width) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = number + 1;
    }
  }
}

function hash(values: Int32Array, from: number, width: number): number {
  let sum = 0x9e3779b9;
  for (let index = from; index < from + width; index++) {
    sum = Math.imul(sum ^ (values[index] ?? 0), 0x85ebca6b);
    sum ^= sum >>> 13;
  }
  sum = Math.imul(sum, 0xc2b2ae35);
  return sum ^ (sum >>> 16);
}
