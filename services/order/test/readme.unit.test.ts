import { refusalCodes } from "@pavane/testkit";
import { expect } from "chai";

describe("the README of order", () => {
  it("lists the refusal codes of the source", async () => {
    const { source, readme } = await refusalCodes(new URL("../../", import.meta.url));
    // The page tokens are the store's.
    expect(readme).to.deep.equal([...source, "INVALID_PAGE_TOKEN"].sort());
    expect(source).to.have.length.greaterThan(5);
  });
});
