// The connection to NATS: kept for ever once it was made.

import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { connect } from "@nats-io/transport-node";

export interface BusOptions {
  /** `nats://host:port`, or several. */
  readonly servers: string | readonly string[];
  /** Shown in the server's connection list: the service and its replica. */
  readonly name: string;
  /** The first word of every subject and stream; `pavane` by default. */
  readonly namespace?: string;
  readonly user?: string;
  readonly password?: string;
  /** Told when the connection is lost and when it is back. */
  readonly onStatus?: (connected: boolean) => void;
}

/** A connection with its namespace. */
export interface Bus {
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
  readonly namespace: string;
  /** Whether the server (2.10 and later) can filter a consumer by a list of subjects. */
  readonly filterLists: boolean;
  readonly connected: boolean;
  /** Calls back at each change of `connected`, until the returned function is called. */
  watch(listener: (connected: boolean) => void): () => void;
  close(): Promise<void>;
}

/** Connects; rejects with what to do when no server answers or JetStream is off. Afterwards it reconnects for ever. */
export async function connectBus(options: BusOptions): Promise<Bus> {
  const connection = await dial(options);
  const manager = await jetstreamManager(connection, { checkAPI: false });
  try {
    await manager.getAccountInfo();
  } catch (error) {
    await connection.close();
    throw new Error(
      `the NATS server at ${connection.getServer()} has no JetStream for us (${reason(error)}): ` +
        "start it with -js and a store directory, or enable JetStream for the account.",
      { cause: error },
    );
  }
  const bus = new NatsBus(connection, manager, options.namespace ?? "pavane");
  if (options.onStatus) {
    bus.watch(options.onStatus);
  }
  return bus;
}

async function dial(options: BusOptions): Promise<NatsConnection> {
  const servers = typeof options.servers === "string" ? [options.servers] : [...options.servers];
  try {
    return await connect({
      servers,
      name: options.name,
      ...(options.user === undefined ? {} : { user: options.user, pass: options.password ?? "" }),
      timeout: 5_000,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 250,
      pingInterval: 10_000,
    });
  } catch (error) {
    throw new Error(
      `no NATS server answers at ${servers.join(", ")} (${reason(error)}): start one, or set the address right.`,
      { cause: error },
    );
  }
}

class NatsBus implements Bus {
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
  readonly namespace: string;
  readonly #listeners = new Set<(connected: boolean) => void>();
  #connected = true;

  constructor(connection: NatsConnection, manager: JetStreamManager, namespace: string) {
    this.connection = connection;
    this.manager = manager;
    this.namespace = namespace;
    void this.#follow();
  }

  get connected(): boolean {
    return this.#connected;
  }

  get filterLists(): boolean {
    const [major = 0, minor = 0] = (this.connection.info?.version ?? "").split(".").map(Number);
    return major > 2 || (major === 2 && minor >= 10);
  }

  watch(listener: (connected: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    if (!this.connection.isClosed()) {
      // What was published is flushed; without a server nothing can be.
      await (this.#connected ? this.connection.drain() : this.connection.close());
    }
  }

  async #follow(): Promise<void> {
    for await (const status of this.connection.status()) {
      if (status.type === "disconnect" || status.type === "reconnect") {
        this.#connected = status.type === "reconnect";
        for (const listener of this.#listeners) {
          listener(this.#connected);
        }
      }
    }
    this.#connected = false;
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
