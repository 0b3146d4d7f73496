// UserService: its writes as commands, its reads as queries.

import { one, vocabulary } from "@pavane/choreography";
import { catalogue } from "@pavane/contracts";
import type {
  CreateUserRequest,
  DepositRequest,
  GetUserRequest,
  GetUserResponse,
  ListWalletEntriesRequest,
  ListWalletEntriesResponse,
  User as UserMessage,
} from "@pavane/contracts/user";
import { money } from "@pavane/kernel";
import { closePage, openPage, type Store } from "@pavane/store";
import {
  balanceOf,
  createUser,
  deposit,
  existing,
  limitOf,
  setPurchaseLimit,
  setStatus,
  type User,
} from "./domain/user.js";
import { entryId } from "./domain/wallet.js";
import { entries, pageOfEntries } from "./entry.js";
import { findUser, users } from "./user.js";

const { command } = vocabulary(catalogue);

const user = one(users, ({ userId }: Pick<CreateUserRequest, "userId">) => userId);
const entry = one(entries, ({ depositId }: DepositRequest) => entryId("deposit", depositId));
const answer = (state: { readonly user: User }): { user: UserMessage } => ({ user: toMessage(state.user) });

/** The writes, by their names in UserService. */
export const commands = {
  createUser: command(["user.registered"], { user }, createUser, answer),
  deposit: command(["funds.deposited"], { user, entry }, deposit, answer),
  setStatus: command(["user.changed"], { user }, setStatus, answer),
  setPurchaseLimit: command(["user.changed"], { user }, setPurchaseLimit, answer),
};

/** The reads, by their names in UserService. */
export const queries = (store: Store) => ({
  getUser: async ({ userId }: GetUserRequest): Promise<GetUserResponse> =>
    answer({ user: existing(await findUser(store, userId), userId) }),

  listWalletEntries: async (request: ListWalletEntriesRequest): Promise<ListWalletEntriesResponse> => {
    const { userId } = request;
    const page = openPage(request, `entries of ${userId}`, ["int8"]);
    existing(await findUser(store, userId), userId);
    const found = await pageOfEntries(store, userId, page);
    const { rows, nextPageToken } = closePage(page, found, ({ number }) => [number.toString()]);
    const messages = rows.map((row) => ({ ...row, amount: money(row.currencyCode, row.amount) }));
    return { entries: messages, nextPageToken };
  },
});

function toMessage(row: User): UserMessage {
  const amount = (minorUnits: bigint) => money(row.currencyCode, minorUnits);
  return {
    ...row,
    purchaseLimit: limitOf(row),
    balance: balanceOf(row),
    held: amount(row.held),
    spent: amount(row.spent),
  };
}
