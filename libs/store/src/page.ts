// Keyset paging: a page is asked for by its size and the token of the page before, and the token holds the last keys.

import { Refused } from "@pavane/kernel";

/** What a list request asks for, in AIP's words. */
export interface PageRequest {
  /** How many rows at most; 0 means 50, and never more than 1000. */
  readonly pageSize: number;
  /** Empty for the first page. */
  readonly pageToken: string;
}

/** How a key is written in a token. A `time` keeps its microseconds: select it as `to_json(...)` or text, not as a Date. */
export type PageKey = "text" | "int8" | "time";

/** A page to read: rows after `after` in the order of the keys, `limit` of them (one more than are answered). */
export interface Page {
  readonly size: number;
  readonly limit: number;
  /** The keys of the last row of the page before; undefined for the first page. */
  readonly after: readonly string[] | undefined;
  readonly scope: string;
}

/** The rows of a page, and the token of the next one: empty when this is the last. */
export interface Paged<Row> {
  readonly rows: readonly Row[];
  readonly nextPageToken: string;
}

const valid: Readonly<Record<PageKey, (key: string) => boolean>> = {
  text: (key) => !key.includes("\0"),
  int8: (key) => /^-?\d{1,18}$/.test(key),
  time: (key) =>
    /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d(:?\d\d)?)$/.test(key) && !Number.isNaN(Date.parse(key)),
};

/**
 * Reads the page that a request asks for. `keys` are the kinds of the columns it is sorted by, `scope` names the list
 * and its filters: a token of another list is refused. Throws Refused INVALID_PAGE_TOKEN.
 */
export function openPage(request: PageRequest, scope: string, keys: readonly PageKey[]): Page {
  const size = Math.min(request.pageSize > 0 ? request.pageSize : 50, 1000);
  const after = request.pageToken === "" ? undefined : keysOf(request.pageToken, scope, keys);
  return { size, limit: size + 1, after, scope };
}

/** Cuts what was read to the page's size; `keys` gives the sort keys of a row as they stand in the token. */
export function closePage<Row>(page: Page, rows: readonly Row[], keys: (row: Row) => readonly string[]): Paged<Row> {
  const cut = rows.slice(0, page.size);
  const last = rows.length > page.size ? cut.at(-1) : undefined;
  const token =
    last === undefined ? "" : Buffer.from(JSON.stringify([page.scope, ...keys(last)])).toString("base64url");
  return { rows: cut, nextPageToken: token };
}

function keysOf(token: string, scope: string, keys: readonly PageKey[]): string[] {
  const [of, ...found] = partsOf(token);
  if (of !== scope || found.length !== keys.length) throw invalid();
  return found.map((key, index) => {
    if (typeof key !== "string" || !valid[keys[index] ?? "text"](key)) throw invalid();
    return key;
  });
}

function partsOf(token: string): unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(token, "base64url").toString());
    return Array.isArray(parts) ? parts : [];
  } catch {
    return [];
  }
}

function invalid(): Refused {
  return new Refused(
    "invalid",
    "INVALID_PAGE_TOKEN",
    "page_token is none that this list has answered for these filters",
  );
}
