// The audit for people and for programs.
import { format, money } from "@pavane/kernel";
import type { Paint } from "../paint.js";
import type { Audit } from "./run.js";
import { type Equation, type Finding, signed } from "./sheet.js";

const shown = { rows: 8, violations: 10, notes: 5 };

/** The audit as text: each invariant with its verdict, what contradicts it, and, if wanted, the figures compared. */
export function paintAudit(audit: Audit, paint: Paint, withFigures = true): string {
  const { findings, violations, running, milliseconds } = audit;
  const verdict =
    violations === 0
      ? paint.good(`audit: ${findings.length} invariants hold`)
      : paint.bad(`audit: ${violations} ${violations === 1 ? "violation" : "violations"}`);
  const apart = running === 0 ? "" : `, ${running} orders under way and in no sum across services`;
  const blocks = findings.map((finding) => paintFinding(finding, paint, withFigures));
  return `\n${blocks.join("")}\n${verdict}${apart} ${paint.dim(`(${milliseconds} ms)`)}\n`;
}

function paintFinding(finding: Finding, paint: Paint, withFigures: boolean): string {
  const { name, says, violations, notes, rows } = finding;
  const sign = violations.length > 0 ? paint.bad("✘") : notes.length > 0 ? paint.warn("!") : paint.good("✔");
  const compared = [...finding.compared].map(([what, count]) => `${count} ${what}`).join(", ");
  const figures = withFigures ? [...rows].map(([row, columns]) => rowText(finding, row, columns)) : [];
  return [
    `${sign} ${paint.bold(name)}: ${says}${compared === "" ? "" : ` ${paint.dim(`[${compared}]`)}`}`,
    ...some(
      figures.filter((line) => line !== ""),
      shown.rows,
    ).map((line) => paint.dim(`    ${line}`)),
    ...some(violations, shown.violations).map((line) => paint.bad(`    ${line}`)),
    ...some(notes, shown.notes).map((line) => paint.warn(`    ${line}`)),
    "",
  ].join("\n");
}

function some(lines: readonly string[], most: number): readonly string[] {
  return lines.length <= most ? lines : [...lines.slice(0, most), `and ${lines.length - most} more`];
}

type Columns = ReadonlyMap<string, bigint>;

function rowText({ equations, money: isMoney }: Finding, row: string, columns: Columns): string {
  if ([...columns.values()].every((amount) => amount === 0n)) return "";
  const say = (amount: bigint): string => (isMoney ? format(money(row, amount)) : String(amount));
  if (equations.length === 0) {
    const counts = [...columns].filter(([, amount]) => amount !== 0n).map(([name, amount]) => `${amount} ${name}`);
    return counts.length === 0 ? "" : `${row}: ${counts.join(", ")}`;
  }
  return `${row}: ${equations.map((equation) => equationText(equation, columns, say)).join("; ")}`;
}

function equationText({ left, right }: Equation, columns: Columns, say: (amount: bigint) => string): string {
  return `${sideText(left, columns, say)} = ${sideText(right, columns, say)}`;
}

function sideText(side: readonly string[], columns: Columns, say: (amount: bigint) => string): string {
  return side.reduce((text, column, at) => {
    const [name, sign] = signed(column);
    const glue = at === 0 ? "" : sign < 0n ? " - " : " + ";
    return `${text}${glue}${name} ${say(columns.get(name) ?? 0n)}`;
  }, "");
}

/** The audit as one JSON object; amounts are minor units, as strings. */
export function auditJson({ findings, violations, running, milliseconds }: Audit): string {
  const invariants = findings.map(({ name, says, of, rows, compared, violations, notes }) => ({
    name,
    says,
    of,
    holds: violations.length === 0,
    compared: Object.fromEntries(compared),
    figures: Object.fromEntries([...rows].map(([row, columns]) => [row, figuresOf(columns)])),
    violations,
    notes,
  }));
  return JSON.stringify({ ok: violations === 0, violations, running, ms: milliseconds, invariants });
}

function figuresOf(columns: Columns): Readonly<Record<string, string>> {
  return Object.fromEntries([...columns].map(([name, amount]) => [name, String(amount)]));
}
