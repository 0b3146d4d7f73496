// Dead letters as people and programs see them.
import { DeadLetter, DeadLetterState } from "@pavane/contracts/operations";
import { expect } from "chai";
import type { Letter } from "../src/dead/letters.js";
import { jsonOf, pageOf, tableOf } from "../src/dead/print.js";

const letter = (changes: Partial<DeadLetter> = {}): Letter => {
  const time = new Date("2026-01-02T03:04:05Z");
  const whole: DeadLetter = {
    deadLetterId: "e-1:slots.reserved",
    state: DeadLetterState.DEAD,
    fact: "slots.reserved",
    messageId: "e-1",
    subject: "pavane.slots.reserved",
    aggregate: "slots/order-1",
    orderId: "order-1",
    attempts: 5,
    reason: "it\nbroke",
    actor: "",
    createTime: time,
    updateTime: time,
    payloadJson: "",
    message: Buffer.alloc(0),
    ...changes,
  };
  return { service: "item", ref: `item/${whole.deadLetterId}`, letter: whole };
};

describe("dead letters", () => {
  it("are an aligned table, one line each", () => {
    const [head = "", row = ""] = tableOf([letter()]).split("\n");
    expect(head.indexOf("STATE")).to.equal(row.indexOf("DEAD"));
    expect(row)
      .to.contain("item/e-1:slots.reserved")
      .and.match(/5 +2026-01-02T03:04:05 +it broke$/);
  });

  it("show their payload when it can be read, their bytes when not", () => {
    expect(pageOf(letter({ payloadJson: '{"slots":1}' }))).to.match(/\{\n {2}"slots": 1\n\}$/);
    expect(pageOf(letter({ message: Buffer.from("?!") }))).to.match(/Its bytes: PyE=$/);
  });

  it("say who skipped them, and only then", () => {
    expect(pageOf(letter({ actor: "kim" }))).not.to.contain("kim");
    expect(pageOf(letter({ actor: "kim", state: DeadLetterState.SKIPPED }))).to.match(/skipped by +kim/);
  });

  it("are one line of JSON each, with what the command calls them", () => {
    const read = JSON.parse(jsonOf(letter())) as Record<string, unknown>;
    expect(read).to.include({ ref: "item/e-1:slots.reserved", service: "item", state: "DEAD", attempts: 5 });
  });
});
