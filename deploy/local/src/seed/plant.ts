// Makes the well-known users and items where they are missing; each step can be repeated, so a crash in between is mended.
import type { Item } from "@pavane/contracts/item";
import { ItemKind } from "@pavane/contracts/purchase";
import { type User, UserStatus } from "@pavane/contracts/user";
import { format, money } from "@pavane/kernel";
import { RpcError } from "@pavane/rpc";
import type { Services } from "../services.js";
import { currency, items, type SeedItem, type SeedUser, users } from "./data.js";

/** A user or an item, and whether it was made just now. */
export interface Planted {
  readonly made: boolean;
  /** As it is now, for people. */
  readonly what: string;
}

/** Seeds a running system. What is there already stays as it is now, except that user-suspended is suspended. */
export async function seed(services: Services): Promise<Planted[]> {
  return await Promise.all([
    ...users.map((user) => plantUser(services, user)),
    ...items.map((item) => plantItem(services, item)),
  ]);
}

async function plantUser({ user: service }: Services, seed: SeedUser): Promise<Planted> {
  const { userId, name, balance, limit, suspended } = seed;
  const known = await found(() => service.getUser({ userId }));
  if (known === undefined) {
    const purchaseLimit = money(currency, limit);
    await service.createUser({ userId, name, email: "", currencyCode: currency, purchaseLimit });
  }
  // Also for a user that is there: a seed that crashed may have come no further, and the id makes it one deposit.
  let { user } = await service.deposit({ userId, depositId: `seed-${userId}`, amount: money(currency, balance) });
  if (suspended) ({ user } = await service.setStatus({ userId, status: UserStatus.SUSPENDED }));
  return { made: known === undefined, what: userText(user) };
}

async function plantItem({ item: service }: Services, seed: SeedItem): Promise<Planted> {
  const { itemId, name, price, stock, available } = seed;
  const known = await found(() => service.getItem({ itemId }));
  if (known !== undefined) return { made: false, what: itemText(known.item) };
  const unit = money(currency, price);
  const request = { itemId, name, kind: ItemKind.DIGITAL, price: unit, initialStock: stock, available };
  const { item } = await service.createItem(request);
  return { made: true, what: itemText(item) };
}

async function found<Answer>(read: () => Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof RpcError && error.code === "NOT_FOUND") return undefined;
    throw error;
  }
}

function userText({ userId, name, status, balance, purchaseLimit }: User): string {
  const may = status === UserStatus.SUSPENDED ? ", suspended" : "";
  return `${userId.padEnd(18)} ${name}: ${format(balance)}, at most ${format(purchaseLimit)} an order${may}`;
}

function itemText({ itemId, name, price, stock, available }: Item): string {
  return `${itemId.padEnd(18)} ${name}: ${format(price)}, ${stock} in stock${available ? "" : ", not available"}`;
}
