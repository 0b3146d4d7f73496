// A database for each test file, made in a moment and thrown away.
import { Client } from "pg";
import { databaseUrl } from "./environment.js";
import { namespace } from "./namespace.js";

/** A database that only this test file knows. */
export interface Database {
  readonly url: string;
  readonly name: string;
  /** Another database with the same content: a migrated one serves as the template of many. Nobody may be connected. */
  copy(): Promise<Database>;
  /** Drops it, ending whoever is still connected. */
  drop(): Promise<void>;
}

/** Makes an empty database and runs `migrate` on its url. */
export async function database(migrate?: (url: string) => Promise<void>): Promise<Database> {
  const fresh = await create("template0");
  await migrate?.(fresh.url);
  return fresh;
}

async function create(template: string): Promise<Database> {
  const name = `test_${namespace()}`;
  await asSuperuser(`create database ${name} template ${template}`);
  const url = new URL(databaseUrl());
  url.pathname = `/${name}`;
  return {
    name,
    url: url.href,
    copy: () => create(name),
    drop: () => asSuperuser(`drop database if exists ${name} with (force)`),
  };
}

async function asSuperuser(sql: string): Promise<void> {
  const client = new Client({ connectionString: databaseUrl() });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
