import { refusalCodes } from "@pavane/testkit";
import { expect } from "chai";

describe("the README of notification", () => {
  it("lists the refusal codes of the source", async () => {
    const { source, readme } = await refusalCodes(new URL("../../", import.meta.url));
    // The page tokens are the store's.
    expect(readme).to.deep.equal([...source, "INVALID_PAGE_TOKEN"].sort());
    expect(source).to.deep.equal(["WEBHOOK_URL_UNSUPPORTED"]);
  });
});
