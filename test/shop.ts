// A shop for system tests: a whole system, customers who buy whatever happens to it, and the audit at the end.
import { randomBytes } from "node:crypto";
import { ItemKind, PaymentMethod, PurchaseMode, ServiceLevel } from "@pavane/contracts/purchase";
import { type Order, OrderServiceDefinition, OrderStatus, type PlaceOrderRequest } from "@pavane/contracts/order";
import { money } from "@pavane/kernel";
import { connectServices, runAudit, type Services, scratch, type Stack, startStack } from "@pavane/local";
import { type Client, client, RpcError } from "@pavane/rpc";
import { address, eventually } from "@pavane/testkit";
import { expect } from "chai";

/** What a customer buys, and how that must end. */
export interface Wish {
  /** Item ids. */
  readonly basket: readonly string[];
  /** The token of a card; paid from the wallet without. */
  readonly card?: string;
  /** Why it is cancelled; it is completed without. */
  readonly code?: string;
}

/** An order that was placed. */
export interface Placed {
  readonly orderId: string;
  readonly wish: Wish;
}

/** A whole system on servers of its own, with customers and items. */
export interface Shop {
  readonly stack: Stack;
  /** Of the first replica of each service. */
  readonly services: Services;
  /** Places one order, with the same id again while nobody can answer; resolves when it is accepted. */
  buy(wish: Wish): Promise<Placed>;
  /** The codes that buyers were told instead of an answer; whoever looks at them empties it first. */
  readonly told: Set<string>;
  /** Waits until every order is over, expects it to have ended as wished, and answers when the last did. */
  ended(orders: readonly Placed[]): Promise<Date>;
  /** Expects every invariant to hold, and nothing to be stuck, dead or tried again. */
  audited(): Promise<void>;
  close(): Promise<void>;
}

/** In every shop: digital books, lamps that ship, and gems of which there are none. */
export const wishes = {
  wallet: { basket: ["book"] },
  goods: { basket: ["lamp"] },
  card: { basket: ["book"], card: "tok_approved" },
  mixed: { basket: ["lamp", "book"], card: "tok_approved" },
  slow: { basket: ["book"], card: "tok_slow" },
  declined: { basket: ["book"], card: "tok_declined", code: "PAYMENT_DECLINED" },
  soldOut: { basket: ["book", "gem"], code: "OUT_OF_STOCK" },
} as const satisfies Record<string, Wish>;

/** One of each that needs no patience. */
export const mixture: readonly Wish[] = [
  wishes.wallet,
  wishes.card,
  wishes.goods,
  wishes.soldOut,
  wishes.mixed,
  wishes.declined,
];

const prices = { book: 12_00n, lamp: 30_00n, gem: 500_00n };
const customers = Array.from({ length: 10 }, (_, index) => `customer-${index}`);
/** Above what any test buys. */
const plenty = 1_000_000_00n;

/** The services that may have replicas: all but the provider. */
export const ours = ["order", "user", "inventory", "item", "shipping", "payment", "notification", "saga"];

/** Opens a shop in a directory of its own; `replicas` of every service but the provider. */
export async function openShop(replicas = 1): Promise<Shop> {
  const stack = await startStack({
    dir: scratch(),
    replicas: Object.fromEntries(ours.map((service) => [service, replicas])),
    env: { DEFAULT_CAPACITY: "100000", SANDBOX_SLOW_MS: "2000" },
  });
  try {
    const shop = new Running(stack, replicas);
    await shop.open();
    return shop;
  } catch (error) {
    await stack.close();
    throw error;
  }
}

let shared: Promise<Shop> | undefined;

/** The one shop for all tests that leave it as they found it; it is opened when it is first asked for. */
export function theShop(): Promise<Shop> {
  shared ??= openShop();
  return shared;
}

// At the end of all files.
after(async () => (await shared)?.close());

class Running implements Shop {
  readonly services: Services;
  readonly told = new Set<string>();
  readonly #doors: readonly Client<OrderServiceDefinition>[];

  constructor(
    readonly stack: Stack,
    replicas: number,
  ) {
    this.services = connectServices(stack.state());
    this.#doors = Array.from({ length: replicas }, (_, replica) =>
      client(OrderServiceDefinition, stack.address("order", replica), { deadline: 20_000 }),
    );
  }

  async open(): Promise<void> {
    const { user, item } = this.services;
    const name = "Some Name";
    const [currencyCode, purchaseLimit] = ["USD", money("USD", plenty)];
    for (const userId of customers) {
      await user.createUser({ userId, name, email: "", currencyCode, purchaseLimit });
      await user.deposit({ userId, depositId: userId, amount: money(currencyCode, plenty) });
    }
    for (const [itemId, price] of Object.entries(prices)) {
      const kind = itemId === "lamp" ? ItemKind.PHYSICAL : ItemKind.DIGITAL;
      const initialStock = itemId === "gem" ? 0n : 1_000_000n;
      await item.createItem({ itemId, name, kind, price: money(currencyCode, price), initialStock, available: true });
    }
    // Order hears of items by their facts.
    const first = await eventually(() => Promise.all([wishes.goods, wishes.soldOut].map((wish) => this.buy(wish))));
    await this.ended(first);
    this.told.clear();
  }

  async buy(wish: Wish): Promise<Placed> {
    const request = requestOf(wish);
    const { orderId } = request;
    const outcome = await eventually(
      async () => {
        for (const door of this.#someDoors()) {
          const answer = await door.placeOrder(request).catch(thrown);
          if (!(answer instanceof RpcError)) return answer;
          this.told.add(answer.code);
          if (answer.code !== "UNAVAILABLE") return answer;
        }
        throw new Error(`nobody answers PlaceOrder of ${orderId}`);
      },
      { timeout: 60_000, interval: 100 },
    );
    // Whatever else a buyer is told than that nobody can answer now is not tried again.
    if (outcome instanceof RpcError) throw outcome;
    expect(outcome.order.purchase).to.include({ orderId, userId: request.userId });
    return { orderId, wish };
  }

  /** All replicas of order, any of them first. */
  #someDoors(): readonly Client<OrderServiceDefinition>[] {
    const turn = Math.floor(Math.random() * this.#doors.length);
    return [...this.#doors.slice(turn), ...this.#doors.slice(0, turn)];
  }

  async ended(orders: readonly Placed[]): Promise<Date> {
    const until = Date.now() + 60_000;
    const wrong: string[] = [];
    let last = new Date(0);
    const waiting = [...orders];
    const wait = async (): Promise<void> => {
      for (let placed = waiting.shift(); placed !== undefined; placed = waiting.shift()) {
        const { orderId, wish } = placed;
        const order = await this.#end(orderId, until);
        const found = endOf(order);
        const at = order.completeTime ?? order.endTime;
        if (at !== undefined && at > last) last = at;
        const wished = wish.code === undefined ? "COMPLETED" : `CANCELLED ${wish.code}`;
        if (found !== wished) wrong.push(`${orderId} (${wish.basket} ${wish.card ?? ""}) is ${found}, not ${wished}`);
      }
    };
    await Promise.all([wait(), wait(), wait(), wait()]);
    expect(wrong).to.deep.equal([]);
    return last;
  }

  /** An order when it is over, or as it is when the time is up. */
  async #end(orderId: string, until: number): Promise<Order> {
    let order: Order | undefined;
    const over = async (): Promise<boolean> => {
      for (const door of this.#someDoors()) {
        const answer = await door.getOrder({ orderId }, { deadline: 2_000 }).catch(thrown);
        if (answer instanceof RpcError) continue;
        order = answer.order;
        break;
      }
      return order !== undefined && [OrderStatus.COMPLETED, OrderStatus.CANCELLED].includes(order.status);
    };
    const late = await eventually(over, { timeout: until - Date.now(), interval: 50 }).catch((error: Error) => error);
    if (order === undefined) throw late instanceof Error ? late : new Error(`nobody knows ${orderId}`);
    return order;
  }

  async audited(): Promise<void> {
    await eventually(
      async () => {
        const { findings } = await runAudit(this.stack.state(), { settleSeconds: 20 });
        expect(findings.flatMap(({ name, violations }) => violations.map((how) => `${name}: ${how}`))).to.deep.equal(
          [],
        );
        expect(findings.flatMap(({ notes }) => notes)).to.deep.equal([]);
      },
      { timeout: 20_000, interval: 500 },
    );
  }

  async close(): Promise<void> {
    for (const door of this.#doors) door.close();
    this.services.close();
    await this.stack.close();
  }
}

function thrown(error: unknown): RpcError {
  if (error instanceof RpcError) return error;
  throw error;
}

function endOf({ status, code }: Order): string {
  return `${status.replace("ORDER_STATUS_", "")} ${code}`.trim();
}

/** A request of some customer under an id of its own, in either mode. */
export function requestOf({ basket, card }: Wish): PlaceOrderRequest {
  const turn = randomBytes(8);
  return {
    orderId: `order-${turn.toString("hex")}`,
    userId: customers[(turn[0] ?? 0) % customers.length] ?? "",
    lines: basket.map((itemId) => ({ itemId, quantity: 1 })),
    paymentMethod: card === undefined ? PaymentMethod.WALLET : PaymentMethod.CARD,
    cardToken: card ?? "",
    shippingAddress: address(),
    serviceLevel: ServiceLevel.STANDARD,
    mode: (turn[1] ?? 0) % 2 === 0 ? PurchaseMode.CHOREOGRAPHED : PurchaseMode.ORCHESTRATED,
  };
}

/** Customers who come one after another until nobody is let in any more. */
export interface Crowd {
  /** Until one more of each wish came in. */
  crowded(): Promise<void>;
  stop(): void;
  /** What they bought; rejects when one of them was told a lie. */
  served(): Promise<readonly Placed[]>;
}

/** Lets `perSecond` customers in, who want this in turn; nobody waits for those before. */
export function crowd(shop: Shop, perSecond = 20, wanted: readonly Wish[] = mixture): Crowd {
  const bought: Promise<Placed>[] = [];
  const enter = (): void => {
    const purchase = shop.buy(wanted[bought.length % wanted.length] ?? wishes.wallet);
    // It is reported to whoever asks what was bought.
    purchase.catch(() => undefined);
    bought.push(purchase);
  };
  const timer = setInterval(enter, 1_000 / perSecond);
  const crowded = async (): Promise<void> => {
    const enough = bought.length + wanted.length;
    await eventually(() => bought.length >= enough, { interval: 20 });
  };
  return { crowded, stop: () => clearInterval(timer), served: () => Promise.all(bought) };
}
