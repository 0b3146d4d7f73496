// What people do while a purchase runs, each a call to a service.
import { money } from "@pavane/kernel";
import { PaymentState } from "@pavane/contracts/payment";
import { NotYet, patiently } from "../services.js";
import type { Act } from "./scenario.js";

export const approve: Act = {
  after: "order.submitted",
  who: "reviewer",
  what: "ApproveOrder",
  does: ({ services, orderId }) => services.order.approveOrder({ orderId }),
};

export const reject: Act = {
  after: "order.submitted",
  who: "reviewer",
  what: "RejectOrder",
  does: ({ services, orderId }) => services.order.rejectOrder({ orderId, reason: "no crown without a kingdom" }),
};

export const cancel: Act = {
  after: "order.submitted",
  who: "you",
  what: "CancelOrder",
  does: ({ services, orderId }) => services.order.cancelOrder({ orderId, reason: "thought again" }),
};

/** Cancels once the provider is being asked: after stock.reserved that may take a moment. */
export const cancelDuringCharge: Act = {
  after: "stock.reserved",
  who: "you",
  what: "CancelOrder, while the provider is charging",
  does: async ({ services, orderId }) => {
    await patiently(["PAYMENT_NOT_FOUND"], async () => {
      const { payment } = await services.payment.getPayment({ orderId });
      if (payment.state !== PaymentState.PENDING) throw new NotYet(`the charge is not under way but ${payment.state}`);
    });
    return await services.order.cancelOrder({ orderId, reason: "took too long" });
  },
};

/** The first item of the basket gets another price. */
export const setPrice = (price: bigint): Act => ({
  after: "order.submitted",
  who: "shop",
  what: "SetPrice",
  does: ({ services, itemIds }) => services.item.setPrice({ itemId: itemIds[0] ?? "", price: money("USD", price) }),
});

export const dispatch: Act = {
  after: "order.completed",
  who: "warehouse",
  what: "DispatchShipment",
  does: ({ services, orderId }) =>
    patiently(["SHIPMENT_NOT_READY"], () =>
      services.shipping.dispatchShipment({ orderId, carrier: "Pegasus Express", trackingNumber: "PX-0042" }),
    ),
};

export const deliver: Act = {
  after: "shipment.dispatched",
  who: "carrier",
  what: "ConfirmDelivery",
  does: ({ services, orderId }) => services.shipping.confirmDelivery({ orderId }),
};
