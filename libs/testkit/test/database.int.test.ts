// A database for each test file, on a real Postgres.
import { expect } from "chai";
import { Client } from "pg";
import { database } from "../src/index.js";

describe("database()", () => {
  it("is empty, then holds what its migration made, also in its copies", async () => {
    const first = await database(async (url) => {
      await query(url, "create table thing (id int); insert into thing values (1)");
    });
    const second = await first.copy();
    await query(second.url, "insert into thing values (2)");
    expect(await query(first.url, "select id from thing order by id")).to.deep.equal([{ id: 1 }]);
    expect(await query(second.url, "select id from thing order by id")).to.deep.equal([{ id: 1 }, { id: 2 }]);
    await first.drop();
    await second.drop();
  });

  it("is gone after drop, even with somebody connected", async () => {
    const made = await database();
    const client = new Client({ connectionString: made.url });
    client.on("error", () => undefined);
    await client.connect();
    await made.drop();
    const other = await database();
    const rows = await query(other.url, `select datname from pg_database where datname = '${made.name}'`);
    expect(rows).to.deep.equal([]);
    await client.end().catch(() => undefined);
    await other.drop();
  });
});

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows ?? [];
  } finally {
    await client.end();
  }
}
