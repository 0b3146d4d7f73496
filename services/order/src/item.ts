// The table of items: the order service's own copy, so that placing an order calls no other service.

import type { ItemKind } from "@pavane/contracts/purchase";
import { bool, int8, table, text, word } from "@pavane/store";
import type { Item } from "./pricing.js";

export const items = table<Item>("item", {
  key: "itemId",
  columns: {
    itemId: text,
    name: text,
    kind: word<ItemKind>(),
    currencyCode: text,
    minorUnits: int8,
    available: bool,
    seen: int8,
  },
});
