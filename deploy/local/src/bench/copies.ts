// Bare multi-row inserts: the newest rows of every table that a run filled, again into tables like them.
import { Client } from "pg";
import type { StackState } from "../state.js";
import type { Volume } from "./books.js";

/** The rows to insert again, read and waiting. */
export interface Copies {
  readonly rows: number;
  /** The facts among them by the service that announced them. */
  facts(): Promise<Map<string, { type: string; message: Buffer }[]>>;
  /** Inserts everything, all databases at once; answers the seconds it took. */
  insert(): Promise<number>;
  /** Drops what was made. */
  close(): Promise<void>;
}

interface Column {
  readonly name: string;
  readonly type: string;
}

interface Table {
  readonly columns: readonly Column[];
  readonly statement: string;
  /** Parameters of one insert each. */
  readonly batches: readonly (readonly unknown[])[];
  readonly rows: number;
}

interface Copy {
  readonly service: string;
  readonly client: Client;
  readonly tables: Table[];
}

const schema = "bench_raw";
const batch = 500;

/** Makes the tables, with all their indexes and checks, and reads `share` of what was added to the real ones. */
export async function openCopies(state: StackState, added: Volume, share: number): Promise<Copies> {
  const copies: Copy[] = [];
  const close = async (): Promise<void> => {
    for (const { client } of copies) {
      await client.query(`drop schema if exists ${schema} cascade`).catch(() => undefined);
      await client.end();
    }
  };
  try {
    for (const [service, { databaseUrl }] of Object.entries(state.services)) {
      const client = new Client({ connectionString: databaseUrl, application_name: "pavane-bench-raw" });
      await client.connect();
      const copy: Copy = { service, client, tables: [] };
      copies.push(copy);
      await client.query(`drop schema if exists ${schema} cascade; create schema ${schema}`);
      for (const [name, count] of added.rows.get(service) ?? []) {
        const rows = Math.round(count * share);
        if (rows > 0) copy.tables.push(await prepare(client, name, rows));
      }
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    rows: copies.flatMap(({ tables }) => tables).reduce((sum, { rows }) => sum + rows, 0),
    facts: () => factsOf(copies, added, share),
    insert: () => insertAll(copies),
    close,
  };
}

async function prepare(client: Client, name: string, count: number): Promise<Table> {
  const table = client.escapeIdentifier(name);
  await client.query(`create table ${schema}.${table} (like public.${table} including all)`);
  const { rows: columns } = await client.query<Column>(
    `select quote_ident(attname) as name, format_type(atttypid, atttypmod) as type from pg_attribute
     where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = '' order by attnum`,
    [`public.${table}`],
  );
  const list = columns.map(({ name: column, type }) => (type === "bytea" ? column : `${column}::text`)).join(", ");
  const { rows } = await client.query<unknown[]>({
    text: `select ${list} from public.${table} order by ctid desc limit ${count}`,
    rowMode: "array",
  });
  const batches: unknown[][] = [];
  for (let start = 0; start < rows.length; start += batch) {
    batches.push(parametersOf(columns, rows.slice(start, start + batch)));
  }
  return { columns, statement: insertInto(`${schema}.${table}`, columns), batches, rows: rows.length };
}

/** One array a column, as the store does it; bytes travel as one value with offsets. */
function insertInto(table: string, columns: readonly Column[]): string {
  const arrays: string[] = [];
  const names: string[] = [];
  let parameter = 0;
  const values = columns.map(({ type }, at) => {
    arrays.push(`$${++parameter}::${type === "bytea" ? "int" : "text"}[]`);
    names.push(`c${at}`);
    if (type !== "bytea") return type === "text" ? `u.c${at}` : `u.c${at}::${type}`;
    arrays.push(`$${++parameter}::int[]`);
    names.push(`l${at}`);
    return `substring($${++parameter}::bytea from u.c${at} for u.l${at})`;
  });
  const into = columns.map(({ name }) => name).join(", ");
  return `insert into ${table} (${into}) select ${values.join(", ")} from unnest(${arrays.join(", ")}) as u(${names.join(", ")})`;
}

function parametersOf(columns: readonly Column[], rows: readonly unknown[][]): unknown[] {
  return columns.flatMap(({ type }, at) => {
    const values = rows.map((row) => row[at]);
    if (type !== "bytea") return [values];
    const bytes = values.map((value) => (value === null ? Buffer.alloc(0) : (value as Buffer)));
    let next = 1;
    const starts = bytes.map(({ length }) => {
      next += length;
      return next - length;
    });
    return [starts, bytes.map(({ length }, row) => (values[row] === null ? null : length)), Buffer.concat(bytes)];
  });
}

async function insertAll(copies: readonly Copy[]): Promise<number> {
  const started = performance.now();
  await Promise.all(
    copies.map(async ({ client, tables }) => {
      for (const [index, { statement, batches }] of tables.entries()) {
        for (const values of batches) await client.query({ name: `raw${index}`, text: statement, values: [...values] });
      }
    }),
  );
  return (performance.now() - started) / 1000;
}

async function factsOf(copies: readonly Copy[], added: Volume, share: number) {
  const facts = new Map<string, { type: string; message: Buffer }[]>();
  for (const { service, client } of copies) {
    const count = Math.round((added.rows.get(service)?.get("outbox") ?? 0) * share);
    if (count === 0) continue;
    const text = `select type, message from outbox order by position desc limit ${count}`;
    facts.set(service, (await client.query<{ type: string; message: Buffer }>(text)).rows);
  }
  return facts;
}
