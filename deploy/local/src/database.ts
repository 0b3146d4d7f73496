// A database and a role for every service, on a server of ours or one that was given.
import { randomBytes } from "node:crypto";
import { Client } from "pg";
import { Trouble } from "./trouble.js";

/**
 * Makes sure that every service has a database and a role, both named `<prefix>_<service>`, and answers the urls.
 * The passwords are new each time: nothing else than the running stack knows them.
 */
export async function ensureDatabases(
  superuser: string,
  prefix: string,
  services: readonly string[],
): Promise<Map<string, string>> {
  const client = new Client({ connectionString: superuser, connectionTimeoutMillis: 10_000 });
  client.on("error", () => undefined);
  try {
    await client.connect();
    const urls = new Map<string, string>();
    for (const service of services) urls.set(service, await ensureDatabase(client, superuser, `${prefix}_${service}`));
    return urls;
  } catch (error) {
    const at = new URL(superuser).host;
    const said =
      error instanceof Error && error.message !== "" ? error.message : String((error as { code?: unknown }).code);
    throw new Trouble(
      `The databases could not be made on the Postgres at ${at}: ${said}.\n` +
        "DATABASE_URL must name a PostgreSQL 15 or later and a role that may create databases and roles; " +
        "leave it out to use a Postgres of our own.",
    );
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function ensureDatabase(client: Client, superuser: string, name: string): Promise<string> {
  const id = client.escapeIdentifier(name);
  const password = randomBytes(18).toString("base64url");
  const role = await client.query("select 1 from pg_roles where rolname = $1", [name]);
  const verb = role.rowCount === 0 ? "create" : "alter";
  await client.query(`${verb} role ${id} login password ${client.escapeLiteral(password)}`);
  const database = await client.query("select 1 from pg_database where datname = $1", [name]);
  if (database.rowCount === 0) {
    // A role that may create roles must be a member of the one it gives a database to.
    await client.query(`grant ${id} to current_user`);
    await client.query(`create database ${id} owner ${id}`);
    // Nobody reads another's tables.
    await client.query(`revoke all on database ${id} from public`);
  }
  const url = new URL(superuser);
  url.username = name;
  url.password = password;
  url.pathname = `/${name}`;
  return url.href;
}
