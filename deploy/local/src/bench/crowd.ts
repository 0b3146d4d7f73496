// Who buys and what is bought: users with full wallets and wide inventories, items that never run out.
import { setTimeout as sleep } from "node:timers/promises";
import { ItemKind } from "@pavane/contracts/purchase";
import { money } from "@pavane/kernel";
import { Client } from "pg";
import type { Services } from "../services.js";
import type { StackState } from "../state.js";
import { Trouble } from "../trouble.js";

/** So many users and items; ids are `<run>-u0`, `<run>-i0` and on. */
export interface Crowd {
  readonly run: string;
  readonly users: number;
  readonly items: number;
}

export const userId = ({ run }: Crowd, number: number | string): string => `${run}-u${number}`;
export const itemId = ({ run }: Crowd, number: number | string): string => `${run}-i${number}`;

const currency = "USD";
const plenty = 1_000_000_000;
/** The most slots an inventory may have. */
const widest = 1_000_000;

/** Makes them, and waits until the order service knows the price of every item. */
export async function gather(state: StackState, services: Services, crowd: Crowd): Promise<void> {
  const users = Array.from({ length: crowd.users }, (_, at) => () => makeUser(services, userId(crowd, at)));
  const items = Array.from({ length: crowd.items }, (_, at) => () => makeItem(services, itemId(crowd, at)));
  const left = [...users, ...items];
  const worker = async (): Promise<void> => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) await next();
  };
  await Promise.all(Array.from({ length: 64 }, worker));
  await priced(state, crowd);
}

async function makeUser(services: Services, user: string): Promise<void> {
  const amount = money(currency, BigInt(plenty));
  const whole = { userId: user, name: "Bench", email: "", currencyCode: currency, purchaseLimit: amount };
  await services.user.createUser(whole);
  await Promise.all([
    services.user.deposit({ userId: user, depositId: `${user}-1`, amount }),
    services.inventory.setCapacity({ userId: user, capacity: widest }),
  ]);
}

async function makeItem(services: Services, item: string): Promise<void> {
  const price = money(currency, 1_00n);
  const kind = ItemKind.DIGITAL;
  await services.item.createItem({
    itemId: item,
    name: "Bench",
    kind,
    price,
    initialStock: BigInt(plenty),
    available: true,
  });
}

async function priced({ services }: StackState, { run, items }: Crowd): Promise<void> {
  const client = new Client({ connectionString: services["order"]?.databaseUrl });
  await client.connect();
  try {
    for (const deadline = Date.now() + 30_000; ; await sleep(50)) {
      const { rowCount } = await client.query("select from item where starts_with(item_id, $1)", [`${run}-i`]);
      if (rowCount === items) return;
      if (Date.now() > deadline) throw new Trouble("The order service does not hear of the new items.");
    }
  } finally {
    await client.end();
  }
}
