// One service's database as a value: its rows, what it has heard, said, been asked and wished for.

import type { Arc } from "./arc.js";

/** A state of one service. Equal states are one object, under one number. */
export interface Local {
  readonly number: number;
  /** Row numbers by cell; 0 where there is none. */
  readonly rows: readonly number[];
  /** Fact numbers, sorted: handled at least once. */
  readonly heard: readonly number[];
  /** Fact numbers, sorted: taken off the broker and never handled. Only a broken engine has any. */
  readonly lost: readonly number[];
  /** The number of the set of facts it has announced. */
  readonly said: number;
  /** Effect number * 4 + state, sorted. */
  readonly effects: readonly number[];
  /** Numbers of the scenario's asks that it obeyed, sorted. */
  readonly asked: readonly number[];
  /** What is wrong with it. */
  readonly trouble: Trouble | undefined;
  /** Steps that need nothing of other services; filled when first needed. */
  own: readonly Arc[] | undefined;
  /** Deliveries by announcing site and the set of facts announced there; filled when first needed. */
  readonly deliveries: (readonly Arc[] | undefined)[][];
  /** Outcomes taken in, by effect and result; filled when first needed. */
  readonly outcomes: Map<number, Arc>;
}

/** A rule that does not hold. */
export interface Trouble {
  readonly rule: string;
  readonly message: string;
}

/** The states of an effect. */
export const pending = 1;
export const done = 2;
export const abandoned = 3;

/** The names of the rules that every scenario must obey, whatever it declares. */
export const laws = {
  redelivery: "a fact heard again changes nothing",
  repeat: "a command obeyed and given again changes nothing",
  failure: "a fact never fails",
  due: "what is due is dealt with",
  key: "a key names one effect",
  fields: "facts obey the rules of their fields",
  cycle: "progress has no cycle",
} as const;

/** A sorted list with a number in it. */
export function including(list: readonly number[], number: number): readonly number[] {
  if (list.includes(number)) return list;
  const longer = [...list, number];
  return longer.sort((left, right) => left - right);
}
