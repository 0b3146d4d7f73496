// Days as partitions: their names, and their bounds as times and as UUIDv7 ids.

export const dayMillis = 86_400_000;

/** The start of a moment's day, UTC, in milliseconds. */
export function dayOf(millis: number): number {
  return Math.floor(millis / dayMillis) * dayMillis;
}

/** `outbox` and a day: `outbox_20261121`. */
export function partitionName(table: string, day: number): string {
  return `${table}_${new Date(day).toISOString().slice(0, 10).replaceAll("-", "")}`;
}

/** The day of a partition's name; undefined for another table's name. */
export function dayOfPartition(table: string, name: string): number | undefined {
  const digits = name.startsWith(`${table}_`) ? name.slice(table.length + 1) : "";
  const match = /^(\d{4})(\d{2})(\d{2})$/.exec(digits);
  return match ? Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3])) : undefined;
}

/** The smallest UUIDv7-like id of a moment: the bound of a partition by id. */
export function lowestId(millis: number): string {
  const hex = millis.toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}

/** The time in a UUIDv7, in milliseconds; undefined when the text is no UUID. */
export function timeOfId(id: string): number | undefined {
  return uuid.test(id) ? Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16) : undefined;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
