// The load: PlaceOrder calls at a rate or as fast as possible, by ghz where it can be found, else by our own client.
import { accessSync, constants } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { OrderServiceDefinition } from "@pavane/contracts/order";
import { PaymentMethod, PurchaseMode, ServiceLevel } from "@pavane/contracts/purchase";
import { client } from "@pavane/rpc";
import { type Crowd, itemId, userId } from "./crowd.js";
import { runGhz } from "./ghz.js";

/** Who makes the participants move. */
export type Mode = "choreographed" | "orchestrated";

/** What to send. */
export interface Plan {
  /** host:port of the order service. */
  readonly address: string;
  /** What the ids of the orders begin with. */
  readonly orders: string;
  readonly crowd: Crowd;
  readonly mode: Mode;
  /** Calls a second; as fast as possible when not given. */
  readonly rate: number | undefined;
  readonly seconds: number;
  /** Calls under way at a time, at most. */
  readonly concurrency: number;
}

/** One PlaceOrder as its caller saw it. */
export interface Call {
  /** When it was sent, in milliseconds since 1970. */
  readonly at: number;
  readonly milliseconds: number;
  /** What went wrong; undefined when it was accepted. */
  readonly error: string | undefined;
}

/** A load under way. */
export interface Load {
  /** The process that makes it, where it is another than this one. */
  readonly pid: number | undefined;
  /** Every call, once all have ended. */
  readonly calls: Promise<readonly Call[]>;
}

/** A ghz: $GHZ, on PATH, or where `go install` puts it. */
export function findGhz({ GHZ, PATH = "" }: NodeJS.ProcessEnv): string | undefined {
  if (GHZ !== undefined && GHZ !== "") return GHZ;
  const places = [...PATH.split(delimiter), join(homedir(), "go/bin")].map((dir) => join(dir, "ghz"));
  return places.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Starts the load; with ghz when its path is given. */
export async function startLoad(plan: Plan, ghz: string | undefined): Promise<Load> {
  return ghz === undefined ? { pid: undefined, calls: ourselves(plan) } : await runGhz(plan, ghz);
}

async function ourselves(plan: Plan): Promise<readonly Call[]> {
  const { address, seconds, rate, concurrency } = plan;
  const order = client(OrderServiceDefinition, address);
  const calls: Call[] = [];
  const started = performance.now();
  const elapsed = (): number => (performance.now() - started) / 1000;
  let sent = 0;
  const one = async (): Promise<void> => {
    const number = sent++;
    const [at, begun] = [Date.now(), performance.now()];
    const error = await order.placeOrder(requestOf(plan, number)).then(() => undefined, String);
    calls.push({ at, milliseconds: performance.now() - begun, error });
  };
  const worker = async (): Promise<void> => {
    while (elapsed() < seconds) {
      const early = rate === undefined ? 0 : sent / rate - elapsed();
      if (early > 0) await new Promise((resolve) => setTimeout(resolve, Math.max(1, early * 1000)));
      else await one();
    }
  };
  try {
    await Promise.all(Array.from({ length: concurrency }, worker));
  } finally {
    order.close();
  }
  return calls;
}

function requestOf({ orders, crowd, mode }: Plan, number: number) {
  return {
    orderId: `${orders}${number}`,
    userId: userId(crowd, Math.floor(Math.random() * crowd.users)),
    lines: [{ itemId: itemId(crowd, Math.floor(Math.random() * crowd.items)), quantity: 1 }],
    paymentMethod: PaymentMethod.WALLET,
    cardToken: "",
    serviceLevel: ServiceLevel.STANDARD,
    mode: mode === "orchestrated" ? PurchaseMode.ORCHESTRATED : PurchaseMode.CHOREOGRAPHED,
  };
}
