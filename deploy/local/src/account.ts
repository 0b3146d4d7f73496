// Who runs Postgres: it refuses to run as root, so root lends it an account of its own.
import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";
import { Trouble } from "./trouble.js";

/** The user and group a process runs as. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/**
 * The account for a data directory: none for an ordinary user (who runs it as himself); for root, whoever made the
 * directory, or the user "postgres", which is created when there is none.
 */
export function accountFor(dir: string): Account | undefined {
  const made = owner(join(dir, "PG_VERSION"));
  const me = process.getuid?.() ?? -1;
  if (me !== 0) {
    if (made === undefined || made.uid === me || me === -1) return undefined;
    throw new Trouble(
      `The data in ${dir} was made by another user (uid ${made.uid}). Run as that user, or remove the directory.`,
    );
  }
  return made !== undefined && made.uid !== 0 ? made : (lookUp("postgres") ?? create("postgres"));
}

/** Whether the account may write in the directory and run the program; the way there can be closed to it (/root). */
export function reaches(account: Account, dir: string, program: string): boolean {
  return spawnSync("/bin/sh", ["-c", 'test -w "$0" && test -x "$1"', dir, program], { ...account }).status === 0;
}

/** Whether Postgres can be run in directories below this one. */
export function open(dir: string): boolean {
  const account = accountFor(dir);
  return !account || spawnSync("/bin/sh", ["-c", 'test -x "$0"', dir], { ...account }).status === 0;
}

function owner(file: string): Account | undefined {
  try {
    const { uid, gid } = statSync(file);
    return { uid, gid };
  } catch {
    return undefined;
  }
}

function lookUp(name: string): Account | undefined {
  const id = (flag: string) => spawnSync("id", [flag, name], { encoding: "utf8" });
  const [user, group] = [id("-u"), id("-g")];
  if (user.status !== 0 || group.status !== 0) return undefined;
  return { uid: Number(user.stdout), gid: Number(group.stdout) };
}

function create(name: string): Account {
  // shadow-utils first, then BusyBox.
  const ways = [
    ["useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", name],
    ["adduser", "-S", "-D", "-H", name],
  ];
  for (const [command = "", ...args] of ways) {
    if (spawnSync(command, args, { stdio: "ignore" }).status !== 0) continue;
    const account = lookUp(name);
    if (account) return account;
  }
  throw new Trouble(
    `Postgres does not run as root and no user "${name}" could be created for it. ` +
      "Run as an ordinary user, create that user, or set DATABASE_URL to a server that runs already.",
  );
}
