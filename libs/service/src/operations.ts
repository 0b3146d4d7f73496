// OperationsService, the same on every service: its dead letters and its audit log.

import {
  type DeadLetter,
  DeadLetterState,
  type OperationsServiceDefinition,
  type Transaction,
} from "@pavane/contracts/operations";
import { decodeEnvelope, decodePayload } from "@pavane/contracts";
import type { ServiceDefinition } from "@pavane/choreography";
import { Refused } from "@pavane/kernel";
import type { Handlers } from "@pavane/rpc";
import {
  type FailedState,
  findLetter,
  type Letter,
  listLetters,
  listTransactions,
  type LoggedTransaction,
  retryLetter,
  skipLetter,
  type Store,
} from "@pavane/store";

/** The handlers of OperationsService over one service's database. */
export function operations(definition: ServiceDefinition, store: Store): Handlers<OperationsServiceDefinition> {
  const find = async (deadLetterId: string): Promise<Letter> => {
    const letter = await findLetter(store, ...partsOf(deadLetterId));
    if (letter !== undefined && letter.state !== "RESOLVED") return letter;
    throw new Refused("not_found", "DEAD_LETTER_NOT_FOUND", `there is no dead letter ${deadLetterId}`);
  };
  const changed = async (deadLetterId: string, done: boolean): Promise<{ deadLetter: DeadLetter }> => {
    const letter = await find(deadLetterId);
    if (done) return { deadLetter: summary(letter) };
    throw new Refused("not_now", "DEAD_LETTER_CLOSED", `dead letter ${deadLetterId} is ${letter.state}: it is settled`);
  };
  return {
    async listDeadLetters({ state, fact, orderId, pageSize, pageToken }) {
      const filter = { state: toFailedState(state), reaction: fact || undefined, orderId: orderId || undefined };
      const { rows, nextPageToken } = await listLetters(store, filter, { pageSize, pageToken });
      return { deadLetters: rows.map(summary), nextPageToken };
    },
    async getDeadLetter({ deadLetterId }) {
      return { deadLetter: whole(definition, await find(deadLetterId)) };
    },
    async retryDeadLetter({ deadLetterId }, { actor }) {
      return await changed(deadLetterId, await retryLetter(store, ...partsOf(deadLetterId), actor));
    },
    async skipDeadLetter({ deadLetterId, reason: resolution }, { actor }) {
      return await changed(deadLetterId, await skipLetter(store, ...partsOf(deadLetterId), { actor, resolution }));
    },
    async listTransactions({ of, pageSize, pageToken }) {
      const whose = of.$case === "orderId" ? { orderId: of.value } : { aggregate: of.value };
      const { rows, nextPageToken } = await listTransactions(store, whose, { pageSize, pageToken });
      return { transactions: rows.map(toTransaction), nextPageToken };
    },
  };
}

// A message is failed once for each reaction: `event id:fact`.
function partsOf(deadLetterId: string): [id: string, reaction: string] {
  const colon = deadLetterId.lastIndexOf(":");
  return [deadLetterId.slice(0, Math.max(colon, 0)), deadLetterId.slice(colon + 1)];
}

const states: readonly [DeadLetterState, FailedState][] = [
  [DeadLetterState.DEAD, "DEAD"],
  [DeadLetterState.RETRYING, "RETRYING"],
  [DeadLetterState.SKIPPED, "SKIPPED"],
];

function toFailedState(wanted: DeadLetterState): FailedState {
  return states.find(([state]) => state === wanted)?.[1] ?? "DEAD";
}

function summary(letter: Letter): DeadLetter {
  return {
    deadLetterId: `${letter.id}:${letter.reaction}`,
    state: states.find(([, state]) => state === letter.state)?.[0] ?? DeadLetterState.UNSPECIFIED,
    fact: letter.reaction,
    messageId: letter.id.includes("/") ? "" : letter.id,
    subject: letter.subject,
    aggregate: aggregateOf(letter.message),
    orderId: letter.orderId ?? "",
    attempts: letter.attempts,
    reason: letter.resolution ?? letter.error,
    actor: letter.actor ?? "",
    createTime: letter.failedAt,
    updateTime: letter.changedAt,
    ...(letter.state === "RETRYING" ? { dueTime: letter.dueAt } : {}),
    payloadJson: "",
    message: Buffer.alloc(0),
  };
}

function whole(definition: ServiceDefinition, letter: Letter): DeadLetter {
  return { ...summary(letter), payloadJson: payloadOf(definition, letter), message: Buffer.from(letter.message) };
}

function aggregateOf(message: Uint8Array): string {
  try {
    const { aggregate, subject } = decodeEnvelope(message);
    return `${aggregate}/${subject}`;
  } catch {
    return "";
  }
}

function payloadOf({ facts }: ServiceDefinition, { reaction, message }: Letter): string {
  try {
    const fact = facts.get(reaction);
    return fact === undefined ? "" : JSON.stringify(fact.codec.toJSON(decodePayload(fact, decodeEnvelope(message))));
  } catch {
    return "";
  }
}

function toTransaction({ id, at, changes, orderId, ...rest }: LoggedTransaction): Transaction {
  return {
    ...rest,
    transactionId: id,
    createTime: at,
    orderId: orderId ?? "",
    changes: changes.map(({ table, key, before, after }) => ({
      ...{ table, key },
      beforeJson: before === null ? "" : JSON.stringify(before),
      afterJson: JSON.stringify(after),
    })),
  };
}
