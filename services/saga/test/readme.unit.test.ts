import { readFile } from "node:fs/promises";
import { refusalCodes } from "@pavane/testkit";
import { expect } from "chai";

describe("the README of saga", () => {
  it("lists the refusal codes of its source and of the library's", async () => {
    const { source, readme } = await refusalCodes(new URL("../../", import.meta.url));
    const conduct = await readFile(new URL("../../../../libs/saga/src/conduct.ts", import.meta.url), "utf8");
    const codes = [...conduct.matchAll(/new Refused\("[a-z_]+", "([A-Z_]+)"/g)].flatMap(([, code]) => code ?? []);
    // The page tokens are the store's.
    expect(readme).to.deep.equal([...new Set([...source, ...codes, "INVALID_PAGE_TOKEN"])].sort());
    expect(codes).to.have.length.greaterThan(2);
  });
});
