// A fresh database for one test file, on the server that DATABASE_URL names.

import { randomBytes } from "node:crypto";
import { migrate, openStore, type Store } from "../src/index.js";

export interface TestDatabase {
  readonly url: string;
  readonly store: Store;
  /** Another pool on the same database, as another replica would have. */
  open(poolSize?: number): Store;
  drop(): Promise<void>;
}

/** Creates a database with the library's tables in it. */
export async function testDatabase(options: { migrated?: boolean } = {}): Promise<TestDatabase> {
  const server = process.env["DATABASE_URL"];
  if (server === undefined) {
    throw new Error("set DATABASE_URL to a superuser's URL of a running Postgres");
  }
  const name = `test_${randomBytes(6).toString("hex")}`;
  const admin = openStore({ url: server, applicationName: "test", poolSize: 1 });
  await admin.knex.raw(`create database ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  const stores: Store[] = [];
  const open = (poolSize = 10) => {
    const store = openStore({ url: url.href, applicationName: "test", poolSize });
    stores.push(store);
    return store;
  };
  const store = open();
  if (options.migrated ?? true) {
    await migrate(store);
  }
  return {
    url: url.href,
    store,
    open,
    drop: async () => {
      await Promise.all(stores.map((each) => each.close()));
      await admin.knex.raw(`drop database ${name} with (force)`);
      await admin.close();
    },
  };
}
