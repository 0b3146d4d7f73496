// Configuration: every problem at once, each with what was found and what to do.
import { expect } from "chai";
import { z } from "zod";
import { CannotStart, flag, list, port, readConfig, seconds } from "../src/index.js";

const shape = {
  DATABASE_URL: z.url().describe("the url of its Postgres"),
  GRPC_PORT: port().describe("a free port"),
  DEADLINE: seconds().default(120_000),
  REVIEW: flag().default(false),
  COUNTRIES: list().default(["US"]),
  SECRET_KEY: z.string().min(8).optional(),
};

describe("readConfig", () => {
  it("reads values, converts them and fills in defaults", () => {
    const url = "postgres://me:secret@there/db";
    const config = readConfig(shape, { DATABASE_URL: url, GRPC_PORT: "50051", REVIEW: "1", COUNTRIES: "US, DE,,FR " });
    expect(config).to.deep.equal({
      DATABASE_URL: url,
      GRPC_PORT: 50_051,
      DEADLINE: 120_000,
      REVIEW: true,
      COUNTRIES: ["US", "DE", "FR"],
    });
  });

  it("turns seconds into milliseconds", () => {
    expect(readConfig({ DEADLINE: seconds() }, { DEADLINE: "1.5" })).to.deep.equal({ DEADLINE: 1_500 });
  });

  it("reports every problem at once, with the variable, what was found and what to do", () => {
    const message = refusal({ GRPC_PORT: "99999", REVIEW: "perhaps" });
    expect(message).to.match(/^its configuration is wrong:\n/);
    expect(message).to.contain("  DATABASE_URL is not set. Set it to the url of its Postgres.");
    expect(message).to.match(/ {2}GRPC_PORT is "99999": .*65535\. Set it to a free port\./);
    expect(message).to.match(/ {2}REVIEW is "perhaps": /);
    expect(message.split("\n")).to.have.length(4);
  });

  it("counts an empty variable as not set", () => {
    expect(refusal({ DATABASE_URL: "", GRPC_PORT: "1" })).to.contain("DATABASE_URL is not set");
  });

  it("never shows a secret or a url's credentials", () => {
    const message = refusal({ DATABASE_URL: "//me:hidden@there", GRPC_PORT: "1", SECRET_KEY: "hidden" });
    expect(message).to.contain("SECRET_KEY is set (not shown)").and.contain("//…@there").and.not.contain("hidden");
  });

  it("cannot be changed afterwards", () => {
    expect(readConfig({ GRPC_PORT: port() }, { GRPC_PORT: "1" })).to.be.frozen;
  });
});

function refusal(env: NodeJS.ProcessEnv): string {
  try {
    readConfig(shape, env);
  } catch (error) {
    if (error instanceof CannotStart) return error.message;
  }
  throw new Error("it was accepted");
}
