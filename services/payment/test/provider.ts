// The sandbox provider as the process it is, for tests that ask it for real.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { database } from "@pavane/testkit";

/** A charge or a refund in the sandbox's books. */
export interface Entry {
  readonly key: string;
  readonly id: string;
  readonly status: string;
  readonly amount: string;
  readonly requests: number;
}

/** A running sandbox. */
export interface SandboxProcess {
  readonly url: string;
  /** What was asked for an order, in the sandbox's books. */
  charges(orderId: string): Promise<Entry[]>;
  refunds(orderId: string): Promise<Entry[]>;
  /** Ends it in order, and drops its database. Answers its exit code. */
  close(): Promise<number | null>;
}

/** Starts the sandbox on a database of its own. */
export async function startSandbox(slowMillis: number): Promise<SandboxProcess> {
  const fresh = await database();
  const main = fileURLToPath(new URL("../../../sandbox/dist/src/main.js", import.meta.url));
  const env = { ...process.env, DATABASE_URL: fresh.url, HTTP_PORT: "0", SANDBOX_SLOW_MS: String(slowMillis) };
  const child = spawn(process.execPath, [main], { env, stdio: ["ignore", "pipe", "inherit", "ipc"] });
  const url = `http://127.0.0.1:${await portOf(child)}`;
  const book = async (path: string, orderId: string): Promise<Entry[]> => {
    const { rows } = (await (await fetch(`${url}/${path}?limit=1000`)).json()) as { rows: Entry[] };
    return rows.filter((row) => (row as Entry & { order_id: string }).order_id === orderId);
  };
  return {
    url,
    charges: (orderId) => book("charges", orderId),
    refunds: (orderId) => book("refunds", orderId),
    close: async () => {
      child.kill("SIGTERM");
      const [code] = (await once(child, "exit")) as [number | null];
      await fresh.drop();
      return code;
    },
  };
}

async function portOf(child: ChildProcess): Promise<number> {
  if (child.stdout === null) throw new Error("the sandbox has no standard output");
  const said: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    said.push(line);
    const { address } = JSON.parse(line) as { address?: { port: number } };
    if (address === undefined) continue;
    // Whatever it says later is not read: it must not wait for us.
    child.stdout.resume();
    return address.port;
  }
  throw new Error(`the sandbox ended before it listened:\n${said.join("\n")}`);
}
