// What a scenario of the demo is: who buys what, what happens meanwhile, and how it must end.
import type { Facts } from "@pavane/contracts";
import type { ItemKind } from "@pavane/contracts/purchase";
import type { Services } from "../services.js";

/** The name of a fact. */
export type FactName = keyof Facts & string;

/** A user made for one scenario. Amounts are minor units of USD. */
export interface Buyer {
  readonly balance: bigint;
  /** The highest total of one order; more than anything here costs by default. */
  readonly limit?: bigint;
  readonly suspended?: boolean;
  /** How many slots the inventory has; the default capacity if not given. */
  readonly slots?: number;
}

/** An item made for one scenario, and how many of it are bought. */
export interface Wish {
  readonly name: string;
  readonly kind: ItemKind;
  readonly quantity: number;
  /** Minor units of USD. */
  readonly price: bigint;
  /** 100 if not given. */
  readonly stock?: number;
  /** Whether it can be bought; it can if not given. */
  readonly available?: boolean;
}

/** What is known while a scenario plays. */
export interface Scene {
  readonly orderId: string;
  readonly userId: string;
  /** The items, in the order of the basket. */
  readonly itemIds: readonly string[];
  readonly services: Services;
}

/** Something a person does once a fact was announced and the act before it is done. */
export interface Act {
  readonly after: FactName;
  /** Who: you, the reviewer, the shop. */
  readonly who: string;
  readonly what: string;
  readonly does: (scene: Scene) => Promise<unknown>;
}

/** How it must end. Every fact exactly once; those of `perhaps` once or not at all. */
export interface Ending {
  readonly outcome: "COMPLETED" | "DELIVERED" | "CANCELLED" | "REFUSED";
  readonly code?: string;
  readonly facts: readonly FactName[];
  readonly perhaps?: readonly FactName[];
  /** Those that may come more than once: a saga's commands, sent again while their answer is awaited. */
  readonly repeats?: readonly FactName[];
}

/** Who makes the participants move. */
export type Mode = "CHOREOGRAPHED" | "ORCHESTRATED";

/** One purchase of the demo. */
export interface Scenario {
  readonly name: string;
  /** What the person in front of it sees happen. */
  readonly story: string;
  /** Nobody: the order names a user that does not exist. */
  readonly buyer: Buyer | "nobody";
  readonly basket: readonly Wish[];
  /** Paid by wallet, or by the card with this token of the sandbox provider. */
  readonly card?: string;
  /** Where goods go to; US if not given. */
  readonly country?: string;
  /** What the customer was told it costs. */
  readonly expectedTotal?: bigint;
  readonly acts?: readonly Act[];
  /** A service that stands still from before the order until its cancelling began. */
  readonly without?: string;
  /** CHOREOGRAPHED if not given. */
  readonly mode?: Mode;
  /** What is different when a saga conducts it. */
  readonly conducted?: { readonly story: string; readonly code: string };
  readonly ends: Ending;
}
