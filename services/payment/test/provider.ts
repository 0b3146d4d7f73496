// The sandbox provider as the process it is, for tests that ask it for real.

import { database, program } from "@pavane/testkit";

/** A charge or a refund in the sandbox's books. */
export interface Entry {
  readonly key: string;
  readonly id: string;
  readonly order_id: string;
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
  const sandbox = program(new URL("../../../sandbox/dist/src/main.js", import.meta.url), {
    DATABASE_URL: fresh.url,
    HTTP_PORT: "0",
    SANDBOX_SLOW_MS: String(slowMillis),
  });
  const { port } = (await sandbox.logged("address")) as { port: number };
  const url = `http://127.0.0.1:${port}`;
  const book = async (path: string, orderId: string): Promise<Entry[]> => {
    const { rows } = (await (await fetch(`${url}/${path}?limit=1000`)).json()) as { rows: Entry[] };
    return rows.filter(({ order_id }) => order_id === orderId);
  };
  return {
    url,
    charges: (orderId) => book("charges", orderId),
    refunds: (orderId) => book("refunds", orderId),
    close: async () => {
      const code = await sandbox.stop();
      await fresh.drop();
      return code;
    },
  };
}
