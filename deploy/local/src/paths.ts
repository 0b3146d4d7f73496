// Where things are: the checkout, what the local stack keeps, and what it caches for the user.
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of the checkout. */
export const root = resolve(fileURLToPath(new URL("../../../..", import.meta.url)));

/** Everything a local run keeps: data, logs, addresses; PAVANE_DIR names another place. Removing it starts afresh. */
export const kept = resolve(process.env.PAVANE_DIR ?? join(root, ".pavane"));

/** Tools that are fetched or built once for each user. */
export const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "pavane");
