// The face of payment to its callers.

import { one, vocabulary } from "@pavane/choreography";
import { catalogue } from "@pavane/contracts";
import {
  type GetPaymentRequest,
  type GetPaymentResponse,
  type ListPaymentsRequest,
  type ListPaymentsResponse,
  type Payment as PaymentMessage,
  PaymentState,
} from "@pavane/contracts/payment";
import type { Store } from "@pavane/store";
import { type Payment, settleByHand, unknownPayment } from "./domain.js";
import { findPayment, listPayments, payments } from "./payment.js";

const { command } = vocabulary(catalogue);

const ofOrder = { payment: one(payments, ({ orderId }: { orderId: string }) => orderId) };

/** Writes. */
export const commands = {
  settleRefund: command(["payment.refunded"], ofOrder, settleByHand, ({ payment }) => ({
    payment: toMessage(payment),
  })),
};

/** Reads. */
export const queries = (store: Store) => ({
  async getPayment({ orderId }: GetPaymentRequest): Promise<GetPaymentResponse> {
    const payment = await findPayment(store, orderId);
    if (payment === undefined) throw unknownPayment(orderId);
    return { payment: toMessage(payment) };
  },

  async listPayments({ userId, state, refundRefused, ...page }: ListPaymentsRequest): Promise<ListPaymentsResponse> {
    const filter = { userId, state: stateOf(state), refundRefused };
    const { rows, nextPageToken } = await listPayments(store, filter, page);
    return { payments: rows.map(toMessage), nextPageToken };
  },
});

function toMessage({ purchase, ...payment }: Payment): PaymentMessage {
  return { ...payment, state: PaymentState[payment.state], method: purchase.paymentMethod, amount: purchase.total };
}

const states = ["PENDING", "CAPTURED", "FAILED", "VOIDED", "REFUNDING", "REFUNDED"] as const;

function stateOf(asked: PaymentState): Payment["state"] | undefined {
  return states.find((state) => PaymentState[state] === asked);
}
