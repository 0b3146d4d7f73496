// Orders across all services: each ends one way only, everybody agrees how, and over the settled ones the sums agree.
import { ItemKind, PaymentMethod } from "@pavane/contracts/purchase";
import { type Account, accounts } from "./account.js";
import type { Books } from "./books.js";
import type { Operation } from "./provider.js";
import { type Finding, Sheet } from "./sheet.js";
import { completed, contradictions, type Standing, standingOf, unheard } from "./standing.js";

/** What the orders say. */
export interface OrdersAudit {
  readonly findings: readonly Finding[];
  /** The ids of orders under way. */
  readonly running: ReadonlySet<string>;
}

/** Old is past the deadline by so many milliseconds. */
const old = 60_000;

class OrderSheets {
  readonly ends = new Sheet({
    name: "order ends",
    says: "an order is completed or cancelled, never both, and every participant says the same",
    of: "",
  });
  readonly terminal = new Sheet({
    name: "old orders",
    says: "every order past its deadline by a minute is over, unless it waits for the provider or for SettleRefund",
    of: "status",
  });
  readonly wallet = new Sheet({
    name: "wallet orders",
    says: "completed wallet orders cost what the wallets have spent on them; cancelled ones nothing",
    of: "currency",
    money: true,
    equations: [{ left: ["completed"], right: ["spent"] }],
  });
  readonly card = new Sheet({
    name: "card orders",
    says: "completed card orders cost what was captured less what was given back, for us and for the provider",
    of: "currency",
    money: true,
    equations: [
      { left: ["completed"], right: ["captured", "-given back"] },
      { left: ["completed"], right: ["charged", "-refunded", "-settled by hand"] },
    ],
  });
  readonly stock = new Sheet({
    name: "stock of orders",
    says: "the units of completed orders are allocated or sold, item by item",
    of: "item",
    equations: [{ left: ["completed"], right: ["allocated or sold"] }],
  });
  readonly slots = new Sheet({
    name: "slots of orders",
    says: "the digital units of completed orders take as many slots",
    of: "",
    equations: [{ left: ["completed"], right: ["confirmed"] }],
  });

  close(): Finding[] {
    return [this.ends, this.terminal, this.wallet, this.card, this.stock, this.slots].map((sheet) => sheet.close());
  }
}

/** Checks every order. That one of `late` is still under way is a violation: it was waited for long enough. */
export async function auditOrders(books: Books, late: ReadonlySet<string>): Promise<OrdersAudit> {
  const sheets = new OrderSheets();
  const running = new Set<string>();
  for await (const account of accounts(books)) {
    const standing = standingOf(account);
    judgeEnd(sheets.ends, account);
    judgeAge(sheets.terminal, account, standing, books.taken);
    if (standing === "running") running.add(account.orderId);
    if (standing === "running" && late.has(account.orderId))
      sheets.terminal.violated(`${underWay(account)}, for ever?`);
    if (standing !== "settled") continue;
    addWallet(sheets.wallet, account);
    addCard(sheets.card, account);
    addStock(sheets.stock, account);
    addSlots(sheets.slots, account);
  }
  return { findings: sheets.close(), running };
}

function underWay(account: Account): string {
  const waiting = account.participants.filter((name) => !account.answered.includes(name));
  const whom = completed(account) ? unheard(account) : account.status === "CANCELLING" ? waiting : [];
  return `${account.orderId} is ${account.status}${whom.length === 0 ? "" : `, waiting for ${whom.join(", ")}`}`;
}

function judgeEnd(sheet: Sheet, account: Account): void {
  sheet.looked("orders");
  for (const wrong of contradictions(account)) sheet.violated(`${account.orderId} is ${wrong}`);
}

const apart: Readonly<Partial<Record<Standing, string>>> = {
  review: "waits for its review",
  provider: "waits for the provider",
  settlement: "waits for SettleRefund",
};

function judgeAge(sheet: Sheet, account: Account, standing: Standing, now: Date): void {
  sheet.looked("orders");
  sheet.add(account.status, "orders", 1);
  const waits = apart[standing];
  if (waits !== undefined && standing !== "review") sheet.note(`${account.orderId} ${waits}`);
  const since = (completed(account) ? account.completed : undefined) ?? account.deadline;
  const isOld = since.getTime() + old < now.getTime();
  const excused = standing === "provider" || standing === "settlement";
  if (standing !== "settled" && isOld && !excused) sheet.violated(`${underWay(account)}, since ${since.toISOString()}`);
}

function addWallet(sheet: Sheet, account: Account): void {
  const { orderId, purchase, funds } = account;
  if (purchase.paymentMethod !== PaymentMethod.WALLET) return;
  const { currencyCode, minorUnits } = purchase.total;
  const cost = completed(account) ? minorUnits : 0n;
  const spent = funds?.state === "CONFIRMED" ? funds.amount : 0n;
  sheet.looked("settled orders");
  sheet.add(currencyCode, "completed", cost);
  sheet.add(currencyCode, "spent", spent);
  sheet.same(`${orderId}: what the wallet spent`, spent, cost);
}

const moved = (operations: readonly Operation[], status: string): bigint =>
  operations.reduce((sum, one) => (one.status === status ? sum + one.amount : sum), 0n);

function addCard(sheet: Sheet, account: Account): void {
  const { orderId, purchase, payment } = account;
  const { currencyCode, minorUnits } = purchase.total;
  if (purchase.paymentMethod !== PaymentMethod.CARD || minorUnits === 0n) return;
  const cost = completed(account) ? minorUnits : 0n;
  const taken = payment?.state === "CAPTURED" || payment?.state === "REFUNDED" ? minorUnits : 0n;
  const given = payment?.state === "REFUNDED" ? minorUnits : 0n;
  const charged = moved(account.charges, "APPROVED");
  const refunded = moved(account.refunds, "REFUNDED");
  const settled = payment?.settled ? minorUnits : 0n;
  sheet.looked("settled orders");
  sheet.add(currencyCode, "completed", cost);
  sheet.add(currencyCode, "captured", taken);
  sheet.add(currencyCode, "given back", given);
  sheet.add(currencyCode, "charged", charged);
  sheet.add(currencyCode, "refunded", refunded);
  sheet.add(currencyCode, "settled by hand", settled);
  sheet.same(`${orderId}: captured less given back`, taken - given, cost);
  sheet.same(`${orderId}: what the provider kept`, charged - refunded - settled, cost);
}

function addStock(sheet: Sheet, account: Account): void {
  sheet.looked("settled orders");
  if (!completed(account)) return;
  for (const { itemId, quantity } of account.purchase.lines) {
    const held = account.stock?.lines.find((line) => line.itemId === itemId)?.quantity ?? 0;
    sheet.add(itemId, "completed", quantity);
    sheet.add(itemId, "allocated or sold", held);
    sheet.same(`${account.orderId}: units of ${itemId}`, held, quantity);
  }
}

function addSlots(sheet: Sheet, account: Account): void {
  sheet.looked("settled orders");
  if (!completed(account)) return;
  const digital = account.purchase.lines.filter(({ kind }) => kind === ItemKind.DIGITAL);
  const units = digital.reduce((sum, { quantity }) => sum + BigInt(quantity), 0n);
  const slots = account.slots?.amount ?? 0n;
  sheet.add("slots", "completed", units);
  sheet.add("slots", "confirmed", slots);
  sheet.same(`${account.orderId}: slots`, slots, units);
}
