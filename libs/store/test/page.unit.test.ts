// Page tokens: what they carry, and that nothing but a token of the same list is taken.

import { Refused } from "@pavane/kernel";
import { expect } from "chai";
import fc from "fast-check";
import { closePage, openPage } from "../src/page.js";

const first = { pageSize: 2, pageToken: "" };

function refusal(pageToken: string, scope: string, keys: readonly ("text" | "int8" | "time")[]): string {
  try {
    openPage({ pageSize: 1, pageToken }, scope, keys);
  } catch (error) {
    if (error instanceof Refused) return `${error.reason} ${error.code}`;
    throw error;
  }
  return "taken";
}

describe("a page", () => {
  it("is of 50 rows unless a size is asked for, and of 1000 at most", () => {
    expect(openPage({ pageSize: 0, pageToken: "" }, "x", ["text"])).to.include({ size: 50, limit: 51 });
    expect(openPage({ pageSize: 5000, pageToken: "" }, "x", ["text"])).to.include({ size: 1000, limit: 1001 });
  });

  it("is the last when no row is left over", () => {
    const page = openPage(first, "x", ["text"]);
    expect(closePage(page, ["a", "b"], (row) => [row])).to.deep.equal({ rows: ["a", "b"], nextPageToken: "" });
    expect(closePage(page, [], () => [])).to.deep.equal({ rows: [], nextPageToken: "" });
  });

  it("gives a token that opens the next page after its last row, whatever the keys", () => {
    fc.assert(
      fc.property(
        fc.string().filter((key) => !key.includes("\0")),
        fc.bigInt({ min: -(10n ** 17n), max: 10n ** 17n }),
        (name, at) => {
          const keys = [name, at.toString()];
          const { rows, nextPageToken } = closePage(openPage(first, "x", ["text", "int8"]), [1, 2, 3], () => keys);
          expect(rows).to.deep.equal([1, 2]);
          expect(openPage({ pageSize: 2, pageToken: nextPageToken }, "x", ["text", "int8"]).after).to.deep.equal(keys);
        },
      ),
    );
  });

  it("walks a whole list once, in order", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 0, max: 999 })),
        fc.integer({ min: 1, max: 7 }),
        (numbers, pageSize) => {
          const all = numbers.toSorted((a, b) => a - b);
          const seen: number[] = [];
          let pageToken = "";
          do {
            const page = openPage({ pageSize, pageToken }, "n", ["int8"]);
            const rest = all.filter((n) => page.after === undefined || n > Number(page.after[0]));
            const paged = closePage(page, rest.slice(0, page.limit), (n) => [String(n)]);
            seen.push(...paged.rows);
            pageToken = paged.nextPageToken;
          } while (pageToken !== "");
          expect(seen).to.deep.equal(all);
        },
      ),
    );
  });
});

describe("a page token", () => {
  const token = (scope: string, ...keys: unknown[]): string =>
    Buffer.from(JSON.stringify([scope, ...keys])).toString("base64url");

  for (const [what, text] of [
    ["garbage", "%%%"],
    ["JSON that is no list", Buffer.from('"x"').toString("base64url")],
    ["another list's", token("other", "1")],
    ["one with too few keys", token("x")],
    ["one with too many keys", token("x", "1", "2")],
    ["a key of another type", token("x", 1)],
    ["a number that is none", token("x", "1; drop")],
    ["a number that no bigint holds", token("x", "9".repeat(19))],
  ] as const) {
    it(`is refused when it is ${what}`, () => {
      expect(refusal(text, "x", ["int8"])).to.equal("invalid INVALID_PAGE_TOKEN");
    });
  }

  it("is refused when a text holds what Postgres cannot", () => {
    expect(refusal(token("x", "a\0b"), "x", ["text"])).to.equal("invalid INVALID_PAGE_TOKEN");
  });

  it("keeps the microseconds of a time and takes nothing else for one", () => {
    const at = "2026-01-02T03:04:05.678901+00:00";
    expect(openPage({ pageSize: 1, pageToken: token("x", at) }, "x", ["time"]).after).to.deep.equal([at]);
    for (const bad of ["now", "2026-13-40T00:00:00Z", "infinity"]) {
      expect(refusal(token("x", bad), "x", ["time"])).to.equal("invalid INVALID_PAGE_TOKEN");
    }
  });

  it("never makes anything but a refusal, whatever is sent", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(text !== "");
        expect(refusal(text, "x", ["time", "int8"])).to.equal("invalid INVALID_PAGE_TOKEN");
      }),
    );
  });
});
