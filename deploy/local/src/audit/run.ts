// The audit as a whole: opens all books, checks every invariant, and says what was compared.
import { setTimeout as sleep } from "node:timers/promises";
import type { StackState } from "../state.js";
import { type Books, orderBook, type Sources, sourcesOf, withBooks } from "./books.js";
import { auditEffects } from "./effects.js";
import { auditFacts } from "./facts.js";
import { auditSigns } from "./negative.js";
import { auditOrders, type OrdersAudit } from "./orders.js";
import type { Finding } from "./sheet.js";
import { auditSlots } from "./slots.js";
import { auditStock } from "./stock.js";
import { auditStrays } from "./strays.js";
import { auditTrouble } from "./trouble.js";
import { auditWallets } from "./wallet.js";

/** What the audit found. */
export interface Audit {
  readonly findings: readonly Finding[];
  /** Contradictions in all findings together. */
  readonly violations: number;
  /** Orders under way: they enter no sum across services. */
  readonly running: number;
  readonly milliseconds: number;
}

/** How to audit. */
export interface AuditOptions {
  /** Waits so long for the orders under way at the start to settle; then those that did not are violations. */
  readonly settleSeconds?: number;
}

/** Audits a running system, changing nothing. Rejects with Trouble when the books cannot be read. */
export async function runAudit(state: StackState, options: AuditOptions = {}): Promise<Audit> {
  return await auditBooks(sourcesOf(state), options);
}

/** Audits the books at these places. */
export async function auditBooks(sources: Sources, { settleSeconds }: AuditOptions = {}): Promise<Audit> {
  const start = Date.now();
  const deadline = start + (settleSeconds ?? 0) * 1000;
  let awaited: ReadonlySet<string> | undefined;
  for (;;) {
    const late = settleSeconds !== undefined && Date.now() > deadline ? (awaited ?? new Set<string>()) : undefined;
    const { findings, running } = await auditOnce(sources, late ?? new Set());
    awaited ??= running;
    const waiting = [...awaited].some((orderId) => running.has(orderId));
    if (settleSeconds === undefined || !waiting || late !== undefined) {
      const violations = findings.reduce((sum, finding) => sum + finding.violations.length, 0);
      return { findings, violations, running: running.size, milliseconds: Date.now() - start };
    }
    await sleep(250);
  }
}

async function auditOnce(sources: Sources, late: ReadonlySet<string>): Promise<OrdersAudit> {
  return await withBooks(sources, async (books) => {
    const orders = await auditOrders(books, late);
    return { running: orders.running, findings: [...orders.findings, ...(await auditRest(sources, books))] };
  });
}

async function auditRest(sources: Sources, books: Books): Promise<Finding[]> {
  const strays = await orderBook(sources, (now) => auditStrays(books, now));
  const parts = [auditEffects, auditWallets, auditStock, auditSlots, auditSigns, auditFacts, auditTrouble];
  const found: Finding[] = [];
  for (const part of parts) found.push(...(await part(books)));
  return [...found, ...strays];
}
