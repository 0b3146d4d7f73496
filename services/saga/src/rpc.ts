// What callers ask of the saga service: each write a command, each read a query.

import type { Purchase } from "@pavane/contracts/purchase";
import {
  type GetSagaRequest,
  type GetSagaResponse,
  type GetStatisticsRequest,
  type GetStatisticsResponse,
  type ListSagasRequest,
  type ListSagasResponse,
  SagaStatus,
  type WatchSagaRequest,
} from "@pavane/contracts/saga";
import { Refused } from "@pavane/kernel";
import type { Call } from "@pavane/rpc";
import { countSagas, findSaga, listSagas, readLog, type Saga } from "@pavane/saga";
import type { Store } from "@pavane/store";
import { statuses, statusOf, toLogEntry, toMessage } from "./message.js";
import { type Policy, purchaseSaga, tables } from "./purchase.js";
import { watch } from "./watch.js";

/** The writes, by the names of the contract. */
export const commands = (policy: Policy) => {
  const { retry, abort } = purchaseSaga(policy);
  return { retryCompensation: retry(toResponse), abortSaga: abort(toResponse) };
};

/** The reads, by the names of the contract. */
export const queries = (store: Store) => ({
  async getSaga({ sagaId }: GetSagaRequest): Promise<GetSagaResponse> {
    const log = await readLog(store, tables, sagaId);
    const saga = await findSaga(store, tables, sagaId);
    if (saga === undefined) throw notFound(sagaId);
    return { saga: toMessage(saga), log: log.map(toLogEntry) };
  },

  async listSagas({ status, userId, startTime, endTime, ...page }: ListSagasRequest): Promise<ListSagasResponse> {
    const filter = { status: statusOf(status), userId: userId || undefined, from: startTime, until: endTime };
    const { rows, nextPageToken } = await listSagas(store, tables, filter, page);
    return { sagas: rows.map(toMessage), nextPageToken };
  },

  async getStatistics({ userId, startTime, endTime }: GetStatisticsRequest): Promise<GetStatisticsResponse> {
    const found = await countSagas(store, { userId: userId || undefined, from: startTime, until: endTime });
    const counts = statuses
      .filter((status) => status !== "INITIAL")
      .map((status) => ({ status: SagaStatus[status], count: found.get(status) ?? 0n }));
    return { total: counts.reduce((sum, { count }) => sum + count, 0n), counts };
  },

  async *watchSaga({ sagaId }: WatchSagaRequest, { signal }: Pick<Call, "signal">) {
    if ((await findSaga(store, tables, sagaId)) === undefined) throw notFound(sagaId);
    yield* watch(store, sagaId, signal);
  },
});

function toResponse(saga: Saga<Purchase>): { saga: ReturnType<typeof toMessage> } {
  return { saga: toMessage(saga) };
}

function notFound(sagaId: string): Refused {
  return new Refused("not_found", "SAGA_NOT_FOUND", `there is no saga ${sagaId}`);
}
