// Our own Postgres: real, kept, and back after every way of ending it.
import { spawnSync } from "node:child_process";
import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { Client } from "pg";
import { lives } from "../src/child.js";
import { ensureDatabases } from "../src/database.js";
import { freePort } from "../src/port.js";
import { type Postgres, startPostgres } from "../src/postgres.js";
import { scratch } from "../src/scratch.js";
import { Trouble } from "../src/trouble.js";

describe("startPostgres", () => {
  const started: Postgres[] = [];
  const start = async (dir: string, port?: number) => {
    const postgres = await startPostgres({ dir, ...(port === undefined ? {} : { port }) });
    started.push(postgres);
    return postgres;
  };
  afterEach(async () => {
    await Promise.all(started.splice(0).map((postgres) => postgres.stop()));
  });

  it("makes a durable PostgreSQL of version 15 or later, on this machine only, for one owner", async () => {
    const dir = join(scratch(), "postgres");
    const postgres = await start(dir);
    const show = async (name: string) => Object.values((await query(postgres.url, `show ${name}`))[0] ?? {})[0];
    expect(Number(await show("server_version_num"))).to.be.greaterThan(150_000);
    expect(await show("fsync")).to.equal("on");
    expect(await show("listen_addresses")).to.equal("127.0.0.1");
    expect(Number(await show("max_connections"))).to.be.greaterThanOrEqual(400);
    expect(statSync(postgres.dir).mode & 0o077).to.equal(0);
    expect(statSync(`${dir}.password`).mode & 0o077).to.equal(0);
    const stranger = postgres.url.replace(/:[^:@]+@/, ":wrong@");
    expect((await failure(query(stranger, "select 1"))).message).to.contain("password authentication failed");
  });

  for (const end of ["stop", "kill"] as const) {
    it(`has everything that was committed after ${end} and start on the same port`, async () => {
      const dir = join(scratch(), "postgres");
      const first = await start(dir);
      await query(first.url, "create table thing (id int); insert into thing values (7)");
      await first[end]();
      expect(lives(first.pid)).to.equal(false);
      const second = await start(dir, first.port);
      expect(second.url).to.equal(first.url);
      expect(await query(second.url, "select id from thing")).to.deep.equal([{ id: 7 }]);
    });
  }

  it("starts with the postmaster.pid of a server that was killed, also when that number is another program now", async () => {
    const dir = join(scratch(), "postgres");
    const first = await start(dir);
    await first.kill();
    const file = join(first.dir, "postmaster.pid");
    writeFileSync(file, `${process.pid}\n${first.dir}\n`);
    await start(dir);
    expect(lives(process.pid)).to.equal(true);
  });

  it("ends the server that a killed run left on its data, and takes over", async () => {
    const dir = join(scratch(), "postgres");
    const orphan = Number(startAndDie(dir));
    expect(lives(orphan)).to.equal(true);
    const postgres = await start(dir);
    expect(lives(orphan)).to.equal(false);
    expect(await query(postgres.url, "select 1 as one")).to.deep.equal([{ one: 1 }]);
  });

  it("says so when its port is in use", async () => {
    const first = await start(join(scratch(), "postgres"));
    const error = await failure(start(join(scratch(), "postgres"), first.port));
    expect(error).to.be.instanceOf(Trouble);
    expect(error.message)
      .to.match(/did not start .* on port \d+/)
      .and.contain("Address already in use");
  });

  it("gives each service a database and a role, and none the others'", async () => {
    const postgres = await start(join(scratch(), "postgres"));
    await ensureDatabases(postgres.url, "shop", ["order", "user"]);
    const urls = await ensureDatabases(postgres.url, "shop", ["order", "user"]);
    const order = urls.get("order") ?? "";
    expect(await query(order, "select current_user::text as me, current_database()::text as at")).to.deep.equal([
      { me: "shop_order", at: "shop_order" },
    ]);
    await query(order, "create table mine (id int)");
    const other = new URL(order);
    other.pathname = "/shop_user";
    expect((await failure(query(other.href, "select 1"))).message).to.contain("permission denied for database");
  });

  it("says what to do when a given server does not answer", async () => {
    const error = await failure(
      ensureDatabases(`postgres://me:hidden@127.0.0.1:${await freePort()}/x`, "shop", ["order"]),
    );
    expect(error).to.be.instanceOf(Trouble);
    expect(error.message).to.contain("DATABASE_URL must name").and.not.contain("hidden");
  });

  /** Starts a Postgres in another process, which then dies by kill -9; answers the server's pid. */
  function startAndDie(dir: string): string {
    const module = JSON.stringify(fileURLToPath(new URL("../src/postgres.js", import.meta.url)));
    const code = `
      const { startPostgres } = await import(${module});
      const { pid } = await startPostgres({ dir: ${JSON.stringify(dir)} });
      process.stdout.write(String(pid), () => process.kill(process.pid, "SIGKILL"));`;
    const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", code], { encoding: "utf8" });
    return stdout;
  }
});

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return (await client.query(sql)).rows ?? [];
  } finally {
    await client.end();
  }
}

async function failure(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error("it did not fail");
}
