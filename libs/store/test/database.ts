// A fresh database for one test file, with the library's tables and partitions in it.

import { type Database, database } from "@pavane/testkit";
import { migrate, openStore, type Store, startPartitions } from "../src/index.js";

export interface TestDatabase {
  readonly url: string;
  readonly store: Store;
  /** Another pool on the same database, as another replica would have. */
  open(poolSize?: number): Store;
  drop(): Promise<void>;
}

/** Creates a database; `bare` has no tables, `migrated` no partitions. */
export async function testDatabase(state: "bare" | "migrated" | "ready" = "ready"): Promise<TestDatabase> {
  const made: Database = await database();
  const stores: Store[] = [];
  const open = (poolSize = 10) => {
    const store = openStore({ url: made.url, applicationName: "test", poolSize });
    stores.push(store);
    return store;
  };
  const store = open(40);
  if (state !== "bare") {
    await migrate(store);
  }
  if (state === "ready") {
    await (await startPartitions(store)).stop();
  }
  return {
    url: made.url,
    store,
    open,
    drop: async () => {
      await Promise.all(stores.map((each) => each.close()));
      await made.drop();
    },
  };
}
