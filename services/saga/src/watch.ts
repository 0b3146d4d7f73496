// A saga live: its state after everything that is logged of it, made of the log itself.

import { setTimeout as sleep } from "node:timers/promises";
import type { Purchase } from "@pavane/contracts/purchase";
import type { WatchSagaResponse } from "@pavane/contracts/saga";
import { evolve, readLog, type Saga } from "@pavane/saga";
import type { Store } from "@pavane/store";
import { toLogEntry, toMessage } from "./message.js";
import { tables } from "./purchase.js";

/** Milliseconds between looks at the log. */
const pace = 200;

/** Yields the saga now, and again whenever something was logged, until it has ended or nobody watches. */
export async function* watch(store: Store, sagaId: string, signal: AbortSignal): AsyncIterable<WatchSagaResponse> {
  let saga: Saga<Purchase> | undefined;
  while (!signal.aborted) {
    const news = await readLog(store, tables, sagaId, saga?.logged);
    if (news.length > 0) {
      saga = news.reduce<Saga<Purchase> | undefined>(evolve, saga);
      if (saga === undefined) return;
      yield { saga: toMessage(saga), log: news.map(toLogEntry) };
      if (saga.endTime !== undefined) return;
    }
    await sleep(pace, undefined, { signal }).catch(() => undefined);
  }
}
