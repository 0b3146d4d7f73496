// The saga of an orchestrated purchase, on one screen: its steps, who decides its end, and what its messages carry.

import { catalogue } from "@pavane/contracts";
import { ItemKind, Purchase, PurchaseMode } from "@pavane/contracts/purchase";
import { type About, type Because, type RetryPolicy, saga, sagaTables } from "@pavane/saga";

/** What is configured. */
export interface Policy {
  /** Seconds until a step that is not answered is late. */
  readonly stepTimeout: number;
  readonly retry: RetryPolicy;
}

/** The policy where nothing is configured. */
export const defaults: Policy = { stepTimeout: 30, retry: { tries: 5, firstDelay: 2, factor: 2, maxDelay: 60 } };

/** What every fact of a purchase has. */
interface OfPurchase {
  readonly purchase: Purchase;
}

type Whole = About<Purchase>;

export const tables = sagaTables(Purchase);

/**
 * Compensatable steps first, the charge last: after it nothing is refused. The order alone decides the end: it hears the
 * same answers, and the saga what it decided.
 */
export const purchaseSaga = ({ stepTimeout: timeout, retry }: Policy) =>
  saga({
    catalogue,
    tables,
    starts: "order.placed",
    // biome-ignore format: a table
    steps: [
      { name: "funds",    command: "funds.reserve",    succeeds: ["funds.reserved"],    fails: ["funds.rejected"],
        compensation: "funds.release",   compensated: ["funds.released"],                       timeout, retry },
      { name: "slots",    command: "slots.reserve",    succeeds: ["slots.reserved"],    fails: ["slots.rejected"],
        compensation: "slots.release",   compensated: ["slots.released"],                       timeout, retry },
      { name: "stock",    command: "stock.reserve",    succeeds: ["stock.reserved"],    fails: ["stock.rejected"],
        compensation: "stock.release",   compensated: ["stock.released"],                       timeout, retry },
      { name: "shipment", command: "shipment.prepare", succeeds: ["shipment.prepared"], fails: ["shipment.rejected"],
        compensation: "shipment.cancel", compensated: ["shipment.cancelled"],                   timeout, retry, when: ships },
      { name: "payment",  command: "payment.charge",   succeeds: ["payment.captured"],  fails: ["payment.failed"],
        compensation: "payment.refund",  compensated: ["payment.voided", "payment.refunded"],   timeout, retry },
    ],
    decider: { cancel: "order.cancel", completes: "order.completed", cancels: "order.cancelling" },
    completed: "saga.completed",
    compensated: "saga.compensated",
    concerns: ({ purchase }: OfPurchase) => purchase.mode === PurchaseMode.ORCHESTRATED,
    // One order has one saga: it has the order's id.
    idOf: ({ purchase }: OfPurchase) => purchase.orderId,
    dataOf: ({ purchase }: OfPurchase) => purchase,
    userIdOf: ({ userId }: Purchase) => userId,
    ask: ({ sagaId, step, data: purchase }: Whole & { readonly step: number }) => ({ purchase, sagaId, step }),
    wish: ({ sagaId, data: purchase, code, reason }: Whole & Because) => ({ purchase, sagaId, code, reason }),
    done: ({ sagaId, data: purchase }: Whole) => ({ purchase, sagaId }),
    undone: ({ sagaId, data: purchase, code, reason, attempts }: Whole & Because & { readonly attempts: number }) => {
      return { purchase, sagaId, code, reason, attempts };
    },
  });

function ships({ lines }: Purchase): boolean {
  return lines.some(({ kind }) => kind === ItemKind.PHYSICAL);
}
