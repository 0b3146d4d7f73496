// The table of users, and how they are read.

import { CreateUserRequest, type UserStatus } from "@pavane/contracts/user";
import { int8, message, type Store, table, text, time, word } from "@pavane/store";
import type { User } from "./domain/user.js";

/** Users by id; their facts are user.* and funds.deposited. */
export const users = table<User>("users", {
  key: "userId",
  aggregate: "user",
  columns: {
    userId: text,
    name: text,
    email: text,
    status: word<UserStatus>(),
    currencyCode: text,
    purchaseLimit: int8,
    balance: int8,
    held: int8,
    spent: int8,
    deposited: int8,
    entries: int8,
    createTime: time,
    created: message(CreateUserRequest),
  },
});

/** One user. */
export async function findUser({ knex }: Store, userId: string): Promise<User | undefined> {
  const record = await knex(users.name).where({ user_id: userId }).first();
  return record && users.read(record);
}
