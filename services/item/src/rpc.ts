// ItemService: its writes as commands, its reads as queries.

import { one, vocabulary } from "@pavane/choreography";
import { catalogue } from "@pavane/contracts";
import type {
  CreateItemRequest,
  GetItemRequest,
  GetItemResponse,
  Item as ItemMessage,
  ListItemsRequest,
  ListItemsResponse,
  RestockRequest,
} from "@pavane/contracts/item";
import { closePage, openPage, type Store } from "@pavane/store";
import { createItem, existing, type Item, priceOf, receive, setAvailability, setPrice } from "./domain/item.js";
import { findItem, items, pageOfItems } from "./item.js";
import { restocks } from "./restock.js";

const { command } = vocabulary(catalogue);

const item = one(items, ({ itemId }: Pick<CreateItemRequest, "itemId">) => itemId);
const restock = one(restocks, ({ restockId }: RestockRequest) => restockId);
const answer = (state: { readonly item: Item }): { item: ItemMessage } => ({ item: toMessage(state.item) });

/** The writes, by their names in ItemService. */
export const commands = {
  createItem: command(["item.listed"], { item }, createItem, answer),
  restock: command(["stock.received"], { item, restock }, receive, answer),
  setPrice: command(["item.changed"], { item }, setPrice, answer),
  setAvailability: command(["item.changed"], { item }, setAvailability, answer),
};

/** The reads, by their names in ItemService. */
export const queries = (store: Store) => ({
  getItem: async ({ itemId }: GetItemRequest): Promise<GetItemResponse> =>
    answer({ item: existing(await findItem(store, itemId), itemId) }),

  listItems: async (request: ListItemsRequest): Promise<ListItemsResponse> => {
    const page = openPage(request, "items", ["text"]);
    const { rows, nextPageToken } = closePage(page, await pageOfItems(store, page), ({ itemId }) => [itemId]);
    return { items: rows.map(toMessage), nextPageToken };
  },
});

function toMessage(row: Item): ItemMessage {
  return { ...row, price: priceOf(row) };
}
