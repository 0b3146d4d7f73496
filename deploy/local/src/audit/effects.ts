// Effects: whatever the provider did was asked for by an order's payment, and it did it once.
import { PaymentMethod, Purchase } from "@pavane/contracts/purchase";
import type { Books } from "./books.js";
import type { Operation } from "./provider.js";
import { type Finding, Sheet } from "./sheet.js";

interface Row {
  readonly order_id: string;
  readonly state: string;
  readonly purchase: Uint8Array;
  readonly charge_reference: string;
  readonly refund_reference: string;
  readonly settled: boolean;
}

/** A payment that has to do with the provider. */
interface Payment extends Row {
  readonly currency: string;
  readonly amount: bigint;
}

/** Checks every charge and refund of the provider against the payments, both ways. */
export async function auditEffects(books: Books): Promise<Finding[]> {
  const sheet = new Sheet({
    name: "effects",
    says: "every charge and refund happened once, for its payment and no other, at its amount",
    of: "",
    equations: [
      { left: ["captured payments"], right: ["charges"] },
      { left: ["refunded payments"], right: ["refunds"] },
    ],
  });
  const payments = new Map<string, Payment>();
  for (const row of await books.of("payment").read<Row>(`${cardPayments}`)) {
    const payment = withTotal(row);
    if (payment !== undefined) payments.set(row.order_id, payment);
  }
  for (const payment of payments.values()) judgePayment(sheet, payment, books);
  const [clock] = await books.of("payment").read<{ readonly now: Date }>("select now()");
  judgeOperations(sheet, books, payments, clock?.now ?? books.taken);
  return [sheet.close()];
}

const cardPayments = `
  select order_id, state, purchase, charge_reference, refund_reference, settled from payment order by order_id`;

/** Undefined when no provider is asked for it: wallets, and totals of zero. */
function withTotal(row: Row): Payment | undefined {
  const { total, paymentMethod } = Purchase.decode(row.purchase);
  if (paymentMethod !== PaymentMethod.CARD || total.minorUnits === 0n) return undefined;
  return { ...row, currency: total.currencyCode, amount: total.minorUnits };
}

function judgePayment(sheet: Sheet, payment: Payment, { provider }: Books): void {
  const { order_id: orderId, state, settled } = payment;
  const charges = provider.chargesOf(orderId).filter(({ status }) => status === "APPROVED");
  const refunds = provider.refundsOf(orderId).filter(({ status }) => status === "REFUNDED");
  sheet.looked("card payments");
  if (charges.length > 1) sheet.violated(`${orderId} was charged ${charges.length} times`);
  if (refunds.length > 1) sheet.violated(`${orderId} was refunded ${refunds.length} times`);
  // What the provider did after the books of payment were opened is counted when payment has heard of it.
  if (state === "PENDING") return;
  const captured = ["CAPTURED", "REFUNDING", "REFUNDED"].includes(state);
  sheet.add("all", "captured payments", captured ? 1 : 0);
  sheet.add("all", "charges", charges.length);
  if (captured) judgeMove(sheet, payment, charges, payment.charge_reference, "charge");
  if (!captured && charges.length > 0) sheet.violated(`${orderId} is ${state}, and was charged`);
  if (state === "REFUNDING") return;
  const refunded = state === "REFUNDED" && !settled;
  sheet.add("all", "refunded payments", refunded ? 1 : 0);
  sheet.add("all", "refunds", refunds.length);
  if (refunded) judgeMove(sheet, payment, refunds, payment.refund_reference, "refund");
  if (!refunded && refunds.length > 0)
    sheet.violated(`${orderId} is ${state}${settled ? " by hand" : ""}, and was refunded`);
}

function judgeMove(sheet: Sheet, payment: Payment, found: readonly Operation[], reference: string, what: string): void {
  const one = found.find(({ id }) => id === reference);
  if (one === undefined) {
    sheet.violated(`${payment.order_id}: the provider knows no ${what} ${reference || "without a reference"}`);
    return;
  }
  sheet.same(`${payment.order_id}: the ${what} ${reference}`, `${one.amount} ${one.currency}`, amountOf(payment));
}

function amountOf({ amount, currency }: Payment): string {
  return `${amount} ${currency}`;
}

function judgeOperations(sheet: Sheet, { provider }: Books, payments: ReadonlyMap<string, Payment>, until: Date): void {
  for (const one of [...provider.charges, ...provider.refunds]) {
    sheet.looked(one.chargeId === undefined ? "charges asked for" : "refunds asked for");
    if (!payments.has(one.orderId) && one.createdAt < until) {
      sheet.violated(`the provider was asked for ${one.key}, and no card payment of ${one.orderId} is known`);
    }
  }
}
