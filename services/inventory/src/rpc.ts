// InventoryService: its write as a command, its read as a query.

import { one, vocabulary } from "@pavane/choreography";
import { catalogue } from "@pavane/contracts";
import type {
  GetInventoryRequest,
  GetInventoryResponse,
  Inventory as InventoryMessage,
  SetCapacityRequest,
} from "@pavane/contracts/inventory";
import { closePage, openPage, type Store } from "@pavane/store";
import { freeOf, type Inventory, type Policy, setCapacity, unused } from "./domain.js";
import { pageOfOwned } from "./grant.js";
import { findInventory, inventories } from "./inventory.js";

const { command } = vocabulary(catalogue);

const slots = { inventory: one(inventories, ({ userId }: SetCapacityRequest) => userId) };

/** The write, by its name in InventoryService. */
export const commands = (policy: Policy) => ({
  setCapacity: command([], slots, setCapacity(policy), ({ inventory }) => ({ inventory: toMessage(inventory) })),
});

/** The read, by its name in InventoryService. */
export const queries = (policy: Policy) => (store: Store) => ({
  getInventory: async (request: GetInventoryRequest): Promise<GetInventoryResponse> => {
    const { userId } = request;
    const page = openPage(request, `items of ${userId}`, ["text"]);
    const [inventory, owned] = await Promise.all([findInventory(store, userId), pageOfOwned(store, userId, page)]);
    const { rows, nextPageToken } = closePage(page, owned, ({ itemId }) => [itemId]);
    return { inventory: toMessage(inventory ?? unused(userId, policy)), items: rows, nextPageToken };
  },
});

function toMessage(inventory: Inventory): InventoryMessage {
  return { ...inventory, free: freeOf(inventory) };
}
