// The books of all services, opened for reading: one snapshot of each database, in which nothing can be changed.
import pg from "pg";
import type { StackState } from "../state.js";
import { Trouble } from "../trouble.js";
import { type Provider, readProvider } from "./provider.js";

/** Where the books are. */
export interface Sources {
  /** Postgres urls, by service. */
  readonly databases: Readonly<Record<string, string>>;
  /** The sandbox provider's url. */
  readonly provider: string;
}

/** One database as it was when the audit looked. Whole numbers come as bigint. */
export interface Book {
  readonly service: string;
  read<Row>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
}

/** All books of one audit. */
export interface Books {
  readonly all: readonly Book[];
  of(service: AuditedService): Book;
  readonly provider: Provider;
  /** When the first snapshot was taken, by its database's clock. */
  readonly taken: Date;
}

/**
 * The services that are audited. Order comes first: what it knows to be over was over before the others are read, so
 * what contradicts it there is a contradiction and not merely late.
 */
export const audited = ["order", "user", "inventory", "item", "shipping", "payment", "notification", "saga"] as const;
/** One of them. */
export type AuditedService = (typeof audited)[number];

/** Where a running system has its books. */
export function sourcesOf({ services }: StackState): Sources {
  const databases = Object.fromEntries(Object.entries(services).map(([name, { databaseUrl }]) => [name, databaseUrl]));
  const provider = services["sandbox"]?.replicas[0]?.http;
  if (provider === undefined) throw new Trouble("The running system has no sandbox provider to audit.");
  return { databases, provider };
}

/** Opens all books, lets `look` read them, and closes them. Nothing it does can change anything. */
export async function withBooks<Answer>(sources: Sources, look: (books: Books) => Promise<Answer>): Promise<Answer> {
  const opened: pg.Client[] = [];
  try {
    const books = new Map<AuditedService, Book>();
    let taken: Date | undefined;
    for (const service of audited) {
      const client = await connect(service, sources);
      opened.push(client);
      const now = await openSnapshot(client);
      taken ??= now;
      books.set(service, bookOf(service, client));
    }
    const provider = await readProvider(sources.provider);
    const of = (service: AuditedService): Book => must(books.get(service), service);
    return await look({ all: [...books.values()], of, provider, taken: must(taken, "time") });
  } finally {
    await Promise.all(opened.map((client) => client.end().catch(() => undefined)));
  }
}

/** Lets `look` read the orders as they are by now, in a snapshot of its own. */
export async function orderBook<Answer>(sources: Sources, look: (book: Book) => Promise<Answer>): Promise<Answer> {
  const client = await connect("order", sources);
  try {
    await openSnapshot(client);
    return await look(bookOf("order", client));
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function connect(service: AuditedService, { databases }: Sources): Promise<pg.Client> {
  const url = databases[service];
  if (url === undefined) throw new Trouble(`The running system has no ${service} service to audit.`);
  const client = new pg.Client({ connectionString: url, application_name: "audit", types });
  // A connection that breaks makes the next query reject: that is where it is reported.
  client.on("error", () => undefined);
  try {
    await client.connect();
  } catch (error) {
    throw new Trouble(`The database of ${service} cannot be read: ${String(error)}`);
  }
  return client;
}

/** The snapshot is taken by the first query. */
async function openSnapshot(client: pg.Client): Promise<Date> {
  await client.query("begin isolation level repeatable read read only");
  const { rows } = await client.query<{ now: Date }>("select clock_timestamp() as now");
  return must(rows[0], "time").now;
}

function bookOf(service: string, client: pg.Client): Book {
  return {
    service,
    read: async <Row>(sql: string, values: readonly unknown[] = []): Promise<Row[]> => {
      const { rows } = await client.query(sql, [...values]);
      return rows as Row[];
    },
  };
}

const { INT8, NUMERIC } = pg.types.builtins;
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) => {
    // Sums of int8 are numeric; ours are all whole.
    if (oid === INT8 || oid === NUMERIC) return (text: string) => BigInt(text);
    return pg.types.getTypeParser(oid, format);
  },
};

function must<Value>(value: Value | undefined, what: string): Value {
  if (value === undefined) throw new Error(`the audit has no ${what}`);
  return value;
}
