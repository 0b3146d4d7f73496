// Migrations: numbered, forward-only SQL files, applied once by whichever replica comes first.

import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Connection, maintain, type Store } from "./pool.js";

/** A folder of `001_name.sql` files, and the table that remembers which of them were applied. */
interface MigrationSet {
  readonly folder: string;
  readonly table: string;
}

/** The ledger's own tables; `migrate` applies them first. */
const libraryMigrations: MigrationSet = {
  folder: fileURLToPath(new URL("../../migrations", import.meta.url)),
  table: "library_migration",
};

interface Migration {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
  readonly breaking: boolean;
}

interface Applied {
  readonly number: number;
  readonly name: string;
  readonly checksum: string;
  readonly breaking: boolean;
}

/**
 * Applies what is missing of the library's migrations, then of the service's `folder`, each set in one transaction; safe
 * when several replicas start at once. A file that begins with the line `-- breaking` marks a schema that older programs
 * cannot work on. Rejects when the database has a breaking migration this program does not know, or when an applied
 * file has been changed since.
 */
export async function migrate(store: Store, folder?: string): Promise<void> {
  await apply(store, libraryMigrations);
  if (folder !== undefined) {
    await apply(store, { folder, table: "service_migration" });
  }
}

async function apply(store: Store, set: MigrationSet): Promise<void> {
  const known = await read(set.folder);
  await maintain(store, (connection) => applyMissing(connection, set, known));
}

async function applyMissing(connection: Connection, set: MigrationSet, known: readonly Migration[]): Promise<void> {
  // A transaction's lock, not a session's: it ends with the transaction, also behind a pooler.
  await connection.query("select pg_advisory_xact_lock(hashtext($1))", [`pavane.${set.table}`]);
  await connection.query(
    `create table if not exists ${set.table} (
       number integer primary key, name text not null, checksum text not null,
       breaking boolean not null, at timestamptz not null default now())`,
  );
  const applied = await connection.query<Applied>(
    `select number, name, checksum, breaking from ${set.table} order by number`,
  );
  const missing = compare(set, known, applied.rows);
  for (const migration of missing) {
    await runFile(connection, migration);
    await connection.query(`insert into ${set.table} (number, name, checksum, breaking) values ($1, $2, $3, $4)`, [
      migration.number,
      migration.name,
      migration.checksum,
      migration.breaking,
    ]);
  }
}

async function runFile(connection: Connection, migration: Migration): Promise<void> {
  try {
    await connection.query(migration.sql);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`migration ${migration.name} failed: ${reason}`, { cause: error });
  }
}

function compare(set: MigrationSet, known: readonly Migration[], applied: readonly Applied[]): Migration[] {
  const byNumber = new Map(known.map((migration) => [migration.number, migration]));
  for (const row of applied) {
    const migration = byNumber.get(row.number);
    if (migration === undefined && row.breaking) {
      throw new Error(
        `the database has the breaking migration ${row.name}, which this program does not know: ` +
          `it is too old for the schema. Start a version that has ${row.name} in ${set.folder}.`,
      );
    }
    if (migration !== undefined && migration.checksum !== row.checksum) {
      throw new Error(
        `migration ${row.name} was changed after it was applied to this database. ` +
          "Migrations are forward-only: restore the file, and put the change into a new one.",
      );
    }
  }
  const done = new Set(applied.map((row) => row.number));
  return known.filter((migration) => !done.has(migration.number));
}

async function read(folder: string): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".sql")).sort();
  const migrations = await Promise.all(
    names.map(async (name) => parse(name, await readFile(join(folder, name), "utf8"))),
  );
  const numbers = new Set(migrations.map((migration) => migration.number));
  if (numbers.size !== migrations.length) {
    throw new Error(`two migrations in ${folder} have the same number`);
  }
  return migrations;
}

function parse(name: string, sql: string): Migration {
  const number = /^(\d{3,})_[a-z0-9_]+\.sql$/.exec(name)?.[1];
  if (number === undefined) {
    throw new Error(`${name} is not a migration's name: it must look like 001_accounts.sql`);
  }
  const checksum = createHash("sha256").update(sql).digest("hex");
  return { number: Number(number), name, sql, checksum, breaking: /^-- breaking\b/.test(sql) };
}
