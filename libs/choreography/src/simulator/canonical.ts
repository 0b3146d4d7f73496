// One text for one value, whatever the order of its properties; names made of it; and moments moved back in time.

import { createHash } from "node:crypto";

/** A text that is the same for equal values only: properties sorted, undefined ones left out, dates as milliseconds. */
export function canonical(value: unknown): string {
  if (value === undefined) return "_";
  if (typeof value === "bigint") return `${value}n`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (value instanceof Date) return `@${value.getTime()}`;
  if (value instanceof Uint8Array) return `x${Buffer.from(value).toString("hex")}`;
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  const record = value as Readonly<Record<string, unknown>>;
  const names = Object.keys(record).filter((name) => record[name] !== undefined);
  return `{${names
    .sort()
    .map((name) => `${name}:${canonical(record[name])}`)
    .join(",")}}`;
}

/** A UUID of version 7 made of a text: what is the same has the same id, in every run. */
export function idOf(text: string): string {
  const hex = createHash("sha1").update(text).digest("hex");
  return `01900000-${hex.slice(0, 4)}-7${hex.slice(4, 7)}-8${hex.slice(7, 10)}-${hex.slice(10, 22)}`;
}

/**
 * The same value seen from a clock that is set back from `now` to `start`: later moments keep their distance, what was
 * between the two has been. So time can pass without states growing.
 */
export function setBack(value: unknown, now: number, start: number): unknown {
  if (now <= start || value === null || typeof value !== "object" || value instanceof Uint8Array) return value;
  if (value instanceof Date) {
    const moment = value.getTime();
    return new Date(moment >= now ? start + moment - now : Math.min(moment, start));
  }
  if (Array.isArray(value)) return value.map((item) => setBack(item, now, start));
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, setBack(item, now, start)]));
}
