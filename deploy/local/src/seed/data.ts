// The well-known users and items: amounts in minor units of USD, every item DIGITAL.

/** A user with what the wallet starts with and the highest total of one order. */
export interface SeedUser {
  readonly userId: string;
  readonly name: string;
  readonly balance: bigint;
  readonly limit: bigint;
  readonly suspended: boolean;
}

/** An item with what is on the shelf at first. */
export interface SeedItem {
  readonly itemId: string;
  readonly name: string;
  readonly price: bigint;
  readonly stock: bigint;
  readonly available: boolean;
}

export const currency = "USD";

export const users: readonly SeedUser[] = [
  { userId: "user-123", name: "User 123", balance: 1_000_00n, limit: 500_00n, suspended: false },
  { userId: "user-456", name: "User 456", balance: 50_00n, limit: 100_00n, suspended: false },
  { userId: "user-suspended", name: "Suspended User", balance: 1_000_00n, limit: 0n, suspended: true },
];

export const items: readonly SeedItem[] = [
  { itemId: "item-sword", name: "Magic Sword", price: 100_00n, stock: 50n, available: true },
  { itemId: "item-potion", name: "Health Potion", price: 20_00n, stock: 100n, available: true },
  { itemId: "item-out-of-stock", name: "Rare Gem", price: 500_00n, stock: 0n, available: true },
  { itemId: "item-disabled", name: "Disabled Item", price: 50_00n, stock: 10n, available: false },
];
