// A stage on which the saga conducts and the test answers for everybody else.

import type { Facts } from "@pavane/contracts";
import { type Purchase, PurchaseMode } from "@pavane/contracts/purchase";
import { money } from "@pavane/kernel";
import { findSaga, readLog, replay, type Saga } from "@pavane/saga";
import { eventually, purchase, type Stage, stage } from "@pavane/testkit";
import { expect } from "chai";
import { sagaService } from "../src/index.js";
import { type Policy, tables } from "../src/purchase.js";

/** A policy with which a test need not wait, and in which nothing is late by itself. */
export const calm: Policy = { stepTimeout: 60, retry: { tries: 5, firstDelay: 30, factor: 2, maxDelay: 60 } };

/** The release commands in their order. */
export const releases = [
  "payment.refund",
  "shipment.cancel",
  "stock.release",
  "slots.release",
  "funds.release",
] as const;

/** The answers to them, in the same order. */
export const released = [
  "payment.voided",
  "shipment.cancelled",
  "stock.released",
  "slots.released",
  "funds.released",
] as const;

let serial = 0;

/** An orchestrated purchase of its own. */
export function orderOf(changes: Partial<Purchase> = {}): Purchase {
  return purchase({ orderId: `order-${++serial}`, mode: PurchaseMode.ORCHESTRATED, ...changes });
}

/** The stage with what the tests say and ask again and again. */
export class Hall {
  readonly alarms: unknown[] = [];
  #stage: Stage | undefined;

  get stage(): Stage {
    if (this.#stage === undefined) throw new Error("the hall is not open");
    return this.#stage;
  }

  async open(policy: Policy): Promise<void> {
    this.#stage = await stage({
      definition: sagaService(policy),
      migrations: new URL("../../migrations/", import.meta.url),
      adapters: {
        alarm: async (_key, input: unknown) => {
          this.alarms.push(input);
          return {};
        },
      },
    });
  }

  /** Says a fact of a purchase, with whatever else such a fact has. */
  say(name: keyof Facts, of: Purchase, code = "OUT_OF_STOCK"): void {
    const amount = money("USD", 0n);
    const rest = { code, reason: "", amount, slots: 0, itemId: "item-1", reference: "", settled: false };
    this.stage.say(name, { purchase: of, ...rest });
  }

  async sagaOf({ orderId }: Purchase): Promise<Saga<Purchase> | undefined> {
    return await findSaga(this.stage.store, tables, orderId);
  }

  /** What was sent for an order so far. */
  sent({ orderId }: Purchase): string[] {
    return this.stage.announced.filter(({ subject }) => subject === orderId).map(({ type }) => type);
  }

  /** Waits until so much was sent; what a saga is and what its log says must be the same whenever somebody looks. */
  async sends(of: Purchase, ...expected: string[]): Promise<void> {
    await eventually(() => expect(this.sent(of)).to.deep.equal(expected));
    await this.compare();
  }

  async becomes(of: Purchase, status: string): Promise<Saga<Purchase>> {
    await eventually(async () => expect((await this.sagaOf(of))?.status).to.equal(status));
    await this.compare();
    return (await this.sagaOf(of)) as Saga<Purchase>;
  }

  /** Compares every stored saga with its replayed log, as one moment shows them. */
  async compare(): Promise<void> {
    await this.stage.store.knex.transaction(
      async (knex) => {
        const store = { ...this.stage.store, knex };
        const ids = await knex<{ saga_id: string }>("saga").select("saga_id");
        for (const { saga_id: sagaId } of ids) {
          const [stored, log] = [await findSaga(store, tables, sagaId), await readLog(store, tables, sagaId)];
          expect(replay(log)).to.deep.equal(stored);
        }
      },
      { isolationLevel: "repeatable read", readOnly: true },
    );
  }

  /** The dead letters, as `fact: reason`. */
  async dead(): Promise<string[]> {
    const rows: { reaction: string; error: string }[] = await this.stage.store
      .knex("failed_message")
      .where({ state: "DEAD" });
    return rows.map(({ reaction, error }) => `${reaction}: ${error}`);
  }
}
