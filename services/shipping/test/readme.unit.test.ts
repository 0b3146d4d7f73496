// The codes are part of the contract: the README names every one of them.

import { refusalCodes } from "@pavane/testkit";
import { expect } from "chai";

describe("the README of shipping", () => {
  it("lists the codes of the source", async () => {
    const { source, rejections, readme } = await refusalCodes(new URL("../../", import.meta.url));
    expect(readme).to.deep.equal([...new Set([...source, ...rejections])].sort());
    expect(readme).to.have.length.greaterThan(3);
  });
});
