// How what Postgres answers is read: as pg reads it, but int8 as bigint.

import pg from "pg";

const int8 = 20;
const int8Array = 1016;

/** The parser of a type, by its oid. */
export function getTypeParser(oid: number, format?: string): (value: string) => unknown {
  if (oid === int8) {
    return BigInt;
  }
  const parse = pg.types.getTypeParser(oid, format === "binary" ? "binary" : "text");
  return oid === int8Array
    ? (value) => (parse(value) as (string | null)[]).map((n) => (n === null ? null : BigInt(n)))
    : parse;
}
