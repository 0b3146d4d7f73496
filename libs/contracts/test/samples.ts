// Facts that the tests of this package write and read.
import { ItemKind, PaymentMethod, type Purchase, PurchaseMode, ServiceLevel } from "../src/gen/contexts/purchase.js";

/** A purchase of two lines, one of which ships. */
export const purchase: Purchase = {
  orderId: "order-1",
  userId: "user-123",
  lines: [
    {
      itemId: "item-sword",
      kind: ItemKind.DIGITAL,
      quantity: 1,
      unitPrice: { currencyCode: "USD", minorUnits: 10_000n },
    },
    {
      itemId: "item-shield",
      kind: ItemKind.PHYSICAL,
      quantity: 2,
      unitPrice: { currencyCode: "USD", minorUnits: 2_000n },
    },
  ],
  total: { currencyCode: "USD", minorUnits: 14_000n },
  paymentMethod: PaymentMethod.CARD,
  cardToken: "tok_approved",
  shippingAddress: { name: "Ada", street: "St James Square 12", city: "London", postalCode: "SW1Y 4JH", country: "GB" },
  serviceLevel: ServiceLevel.EXPRESS,
  mode: PurchaseMode.CHOREOGRAPHED,
};
