// The sandbox as a whole: its database and its server, opened and closed together.

import { setMaxListeners } from "node:events";
import type { Server } from "node:http";
import { fileURLToPath } from "node:url";
import { migrate, openStore } from "@pavane/store";
import { serveProvider, type Trouble } from "./server.js";

/** What a sandbox is opened with. */
export interface SandboxOptions {
  readonly databaseUrl: string;
  readonly slowMillis: number;
  readonly trouble: Trouble;
}

/** An open sandbox. */
export interface Sandbox {
  /** Not yet listening. */
  readonly server: Server;
  /** Rejects when the database is not there. */
  probe(): Promise<void>;
  /** Finishes what is under way, but not what is slow. */
  close(): Promise<void>;
}

/** Migrates the database and makes the server. */
export async function openSandbox({ databaseUrl, slowMillis, trouble }: SandboxOptions): Promise<Sandbox> {
  const store = openStore({ url: databaseUrl, applicationName: "sandbox" });
  const stopping = new AbortController();
  // Every slow decision listens to it.
  setMaxListeners(0, stopping.signal);
  try {
    await migrate(store, fileURLToPath(new URL("../../migrations", import.meta.url)));
  } catch (error) {
    await store.close();
    throw error;
  }
  const server = serveProvider({ store, slowMillis, signal: stopping.signal }, trouble);
  return {
    server,
    probe: async () => void (await store.knex.raw("select 1")),
    close: async () => {
      stopping.abort();
      await new Promise<void>((done) => {
        server.close(() => done());
        server.closeIdleConnections();
      });
      await store.close();
    },
  };
}
