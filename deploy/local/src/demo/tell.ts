// A fact in words: what is worth knowing of it beside its name.
import { ItemKind, PaymentMethod, type Purchase } from "@pavane/contracts/purchase";
import { format, type Money } from "@pavane/kernel";
import type { Sighting } from "./witness.js";

/** Every field that some fact has and a person wants to see. */
interface Telling {
  readonly purchase?: Purchase;
  readonly code?: string;
  readonly balance?: Money | undefined;
  readonly amount?: Money;
  readonly slots?: number;
  readonly itemId?: string;
  readonly carrier?: string;
  readonly trackingNumber?: string;
}

/** What a fact says, in a few words; empty when its name says it all. `names` are those of the items, by id. */
export function tell(sighting: Sighting, names: ReadonlyMap<string, string>): string {
  const data = sighting.data as Telling;
  switch (sighting.fact) {
    case "order.placed":
    case "order.submitted":
      return data.purchase === undefined ? "" : tellPurchase(data.purchase, names);
    case "funds.reserved":
      return amount(data, "set aside", "only the user is checked: no wallet");
    case "funds.released":
      return amount(data, "given back", "nothing was held");
    case "slots.reserved":
      return data.slots === 0 ? "nothing digital" : slots(data.slots, "set aside");
    case "slots.released":
      return data.slots === 0 ? "nothing was held" : slots(data.slots, "given back");
    case "stock.rejected":
      return [data.code, names.get(data.itemId ?? "")].filter((word) => word).join(", ");
    case "payment.captured":
      return amount(data, "taken", "nothing to take");
    case "payment.refunded":
      return amount(data, "given back", "nothing to give back");
    case "shipment.dispatched":
      return `${data.carrier} ${data.trackingNumber}`;
    default:
      return [data.code, data.balance && `${format(data.balance)} in the wallet`].filter((word) => word).join(", ");
  }
}

function tellPurchase({ lines, total, paymentMethod }: Purchase, names: ReadonlyMap<string, string>): string {
  const what = lines.map(({ itemId, quantity, kind }) => {
    return `${quantity} × ${names.get(itemId) ?? itemId}${kind === ItemKind.PHYSICAL ? " (ships)" : ""}`;
  });
  const how = paymentMethod === PaymentMethod.WALLET ? "from the wallet" : "by card";
  return `${what.join(", ")}: ${format(total)} ${how}`;
}

function amount({ amount: money }: Telling, verb: string, otherwise: string): string {
  return money === undefined || money.minorUnits === 0n ? otherwise : `${format(money)} ${verb}`;
}

function slots(count: number | undefined, verb: string): string {
  return `${count ?? 0} ${count === 1 ? "slot" : "slots"} ${verb}`;
}
