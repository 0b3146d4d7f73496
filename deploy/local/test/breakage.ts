// Books that are broken on purpose: copies of databases without their constraints, and a provider that lies.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { databaseUrl, namespace } from "@pavane/testkit";
import { Client } from "pg";

/** Copies a database that nobody is connected to, takes its constraints away and runs `sql` in the copy. */
export async function brokenCopy(original: string, sql: string): Promise<{ url: string; drop(): Promise<void> }> {
  const name = `broken_${namespace()}`;
  const url = new URL(databaseUrl());
  url.pathname = `/${name}`;
  await query(databaseUrl(), `create database ${name} template ${new URL(original).pathname.slice(1)}`);
  // Triggers and references do not fire for a replica; checks must be dropped.
  await query(url.href, `set session_replication_role = replica; ${withoutChecks} ${sql}`);
  return { url: url.href, drop: () => query(databaseUrl(), `drop database ${name} with (force)`) };
}

const withoutChecks = `
  do $$ declare one record; begin
    for one in select conrelid::regclass as of, conname as name from pg_constraint
                where contype = 'c' and connamespace = 'public'::regnamespace and coninhcount = 0
                  and conrelid <> 0 and not (select relispartition from pg_class where oid = conrelid)
    loop execute format('alter table %s drop constraint %I', one.of, one.name); end loop;
  end $$;`;

async function query(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** One row of the provider's books, as JSON. */
export type Row = Readonly<Record<string, unknown>>;
/** What a lying provider answers instead of its rows. */
export type Lie = (rows: readonly Row[], what: "charges" | "refunds") => readonly Row[];

/** A provider that passes on what the true one has, after `lie` was at it. */
export async function lyingProvider(truth: string, lie: Lie): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const answer = async (): Promise<string> => {
      const page = (await (await fetch(`${truth}${request.url}`)).json()) as { rows: Row[] };
      const what = request.url?.startsWith("/charges") ? "charges" : "refunds";
      return JSON.stringify({ ...page, rows: lie(page.rows, what) });
    };
    answer().then(
      (text) => response.setHeader("content-type", "application/json").end(text),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => closed(server) };
}

function closed(server: Server): Promise<void> {
  return new Promise((done) => {
    server.close(() => done());
    server.closeAllConnections();
  });
}
