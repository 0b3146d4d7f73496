// Sheets of the audit: figures, equations, and how they are reported.
import { expect } from "chai";
import { auditJson, paintAudit } from "../src/audit/report.js";
import { type Law, Sheet } from "../src/audit/sheet.js";
import { paintFor } from "../src/paint.js";

const law: Law = {
  name: "cards",
  says: "what is kept was taken",
  of: "currency",
  money: true,
  equations: [{ left: ["kept"], right: ["taken", "-returned"] }],
};

const filled = (kept: number): Sheet => {
  const sheet = new Sheet(law);
  sheet.looked("orders");
  sheet.looked("orders", 2);
  sheet.add("USD", "kept", kept);
  sheet.add("USD", "taken", 100);
  sheet.add("USD", "taken", 150n);
  sheet.add("USD", "returned", 50);
  return sheet;
};

const auditOf = (...sheets: readonly Sheet[]) => {
  const findings = sheets.map((sheet) => sheet.close());
  const violations = findings.reduce((sum, finding) => sum + finding.violations.length, 0);
  return { findings, violations, running: 0, milliseconds: 7 };
};

describe("a sheet", () => {
  it("holds when its equations do", () => {
    expect(filled(200).close().violations).to.deep.equal([]);
  });

  it("is violated by a row that does not add up", () => {
    expect(filled(201).close().violations).to.deep.equal(["USD: kept is 201, taken + -returned 200"]);
  });

  it("is violated by two things that must be the same and are not", () => {
    const sheet = filled(200);
    sheet.same("order-1: cost", 3n, 3);
    sheet.same("order-2: cost", 4n, 3n);
    expect(sheet.close().violations).to.deep.equal(["order-2: cost is 4, and must be 3"]);
  });
});

describe("the report", () => {
  it("shows what was compared, in money where it is money", () => {
    const text = paintAudit(auditOf(filled(200)), paintFor(false));
    expect(text).to.contain("✔ cards: what is kept was taken [3 orders]");
    expect(text).to.contain("USD: kept 2.00 USD = taken 2.50 USD - returned 0.50 USD");
    expect(text).to.contain("audit: 1 invariants hold (7 ms)");
  });

  it("shows violations, and of many rows only some", () => {
    const sheet = new Sheet({ name: "items", says: "they exist", of: "item" });
    for (let at = 0; at < 12; at += 1) sheet.add(`item-${at}`, "units", at + 1);
    sheet.violated("item-3 does not");
    const text = paintAudit(auditOf(sheet), paintFor(false));
    expect(text).to.contain("✘ items").and.contain("    item-3 does not\n").and.contain("    and 4 more\n");
    expect(text).to.contain("audit: 1 violation ");
  });

  it("marks what an operator should look at, though nothing is violated", () => {
    const sheet = new Sheet({ name: "trouble", says: "none", of: "service" });
    sheet.note("item: 2 dead letters");
    expect(paintAudit(auditOf(sheet), paintFor(false))).to.contain("! trouble: none\n    item: 2 dead letters\n");
  });

  it("is one JSON object for programs", () => {
    expect(JSON.parse(auditJson(auditOf(filled(201))))).to.deep.equal({
      ok: false,
      violations: 1,
      running: 0,
      ms: 7,
      invariants: [
        {
          name: "cards",
          says: "what is kept was taken",
          of: "currency",
          holds: false,
          compared: { orders: 3 },
          figures: { USD: { kept: "201", taken: "250", returned: "50" } },
          violations: ["USD: kept is 201, taken + -returned 200"],
          notes: [],
        },
      ],
    });
  });
});
