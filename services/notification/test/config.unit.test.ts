import { CannotStart, readConfig } from "@pavane/runtime";
import { expect } from "chai";
import { variables } from "../src/config.js";

describe("the configuration of notification", () => {
  const read = (env: Record<string, string>) => readConfig(variables, env);

  it("needs nothing: everything then goes to the log", () => {
    const { SMTP_URL, WEBHOOK_SECRET, NOTIFICATION_GIVE_UP_HOURS } = read({});
    expect([SMTP_URL, WEBHOOK_SECRET, NOTIFICATION_GIVE_UP_HOURS]).to.deep.equal([undefined, undefined, 72]);
  });

  it("takes a mail server, encrypted or not", () => {
    for (const url of ["smtp://localhost:25", "smtps://me:secret@mail.example.org"]) {
      expect(read({ SMTP_URL: url }).SMTP_URL).to.equal(url);
    }
  });

  for (const [name, value] of [
    ["SMTP_URL", "http://mail.example.org"],
    ["SMTP_URL", "mail.example.org"],
    ["WEBHOOK_SECRET", "short"],
    ["NOTIFICATION_GIVE_UP_HOURS", "0"],
  ] as const) {
    it(`refuses ${name}=${value}`, () => expect(() => read({ [name]: value })).to.throw(CannotStart, name));
  }

  it("does not show the secret", () => {
    expect(() => read({ WEBHOOK_SECRET: "short" })).to.throw(/not shown/);
  });
});
