// The codes are part of the contract: the README names every one of them.

import { refusalCodes } from "@pavane/testkit";
import { expect } from "chai";

describe("the README of payment", () => {
  it("lists the codes of the source", async () => {
    const { source, rejections, readme } = await refusalCodes(new URL("../../", import.meta.url));
    // The page tokens are the store's.
    expect(readme).to.deep.equal([...new Set(["INVALID_PAGE_TOKEN", ...source, ...rejections])].sort());
    expect(readme).to.have.length.greaterThan(3);
  });
});
