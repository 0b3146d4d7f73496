import { expect } from "chai";
import type { Delivery } from "../src/domain.js";
import { patient } from "../src/patience.js";
import { letter, patiently } from "./given.js";

describe("patience", () => {
  const hoursAgo = (hours: number) => letter({ since: new Date(Date.now() - hours * 3_600_000).toISOString() });
  const broken = () => Promise.reject<Delivery>(new Error("connection refused"));
  const failure = async (deliver: Promise<Delivery>) =>
    deliver.then(
      () => "no error",
      (error: Error) => error.message,
    );

  it("lets a young notification be tried again", async () => {
    expect(await failure(patient(72, broken)("k", hoursAgo(71), patiently))).to.equal("connection refused");
  });

  it("ends for an old one, saying why", async () => {
    expect(await patient(72, broken)("k", hoursAgo(73), patiently)).to.deep.equal({
      status: "FAILED",
      failure: "given up after 72 hours: connection refused",
    });
  });

  it("still delivers an old one when that succeeds", async () => {
    const sent = () => Promise.resolve<Delivery>({ status: "SENT" });
    expect(await patient(72, sent)("k", hoursAgo(1000), patiently)).to.deep.equal({ status: "SENT" });
  });
});
