// A service in one call: its store migrated, its engine running, its gRPC served.

import { hostname } from "node:os";
import { fileURLToPath } from "node:url";
import { type Adapter, type Engine, type EngineLog, type ServiceDefinition, startEngine } from "@pavane/choreography";
import { type Bus, connectBus } from "@pavane/bus";
import { rules } from "@pavane/contracts";
import { OperationsServiceDefinition } from "@pavane/contracts/operations";
import { type RunningServer, serveGrpc, service } from "@pavane/rpc";
import { migrate, openStore, type Store } from "@pavane/store";
import { v7 } from "uuid";
import type { Face } from "./face.js";
import { operations } from "./operations.js";

/** What a service is made of. */
export interface ServiceSetup {
  readonly definition: ServiceDefinition;
  /** The folder of its numbered migrations. */
  readonly migrations: URL;
  /** Its RPCs; left out, it only has those of every service. */
  readonly face?: Face;
  /** Calls to the outside by kind of effect. */
  readonly adapters?: Readonly<Record<string, Adapter>>;
}

/** Where a service runs. */
export interface Surroundings {
  readonly databaseUrl: string;
  readonly natsUrl: string;
  /** The first word of subjects and streams. */
  readonly namespace: string;
  /** 0 takes any free port. */
  readonly grpcPort: number;
  readonly log: EngineLog;
  /** False behind a pooler in transaction mode. */
  readonly preparedStatements?: boolean;
  readonly poolSize?: number;
  readonly sweepInterval?: number;
  readonly leaseMillis?: number;
  readonly batchLimit?: number;
  readonly maxAttempts?: number;
}

/** A running service. */
export interface RunningService {
  readonly grpcPort: number;
  readonly engine: Engine;
  readonly store: Store;
  readonly bus: Bus;
  readonly server: RunningServer;
  /** Refuses new calls, finishes what is under way within the deadline in milliseconds, and closes everything. */
  stop(deadline: number): Promise<void>;
}

/** Starts a service; health answers NOT_SERVING until `server.setServing(true)`. Rejects with what to do. */
export async function startService(setup: ServiceSetup, surroundings: Surroundings): Promise<RunningService> {
  const closing: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const close of closing.splice(0).reverse()) await close();
  };
  try {
    return await start(setup, surroundings, closing, stop);
  } catch (error) {
    await stop().catch(() => undefined);
    throw error;
  }
}

async function start(
  { definition, migrations, face, adapters = {} }: ServiceSetup,
  { databaseUrl, natsUrl, namespace, grpcPort, log, preparedStatements, poolSize, ...tuning }: Surroundings,
  closing: (() => Promise<void>)[],
  stop: () => Promise<void>,
): Promise<RunningService> {
  const { name } = definition;
  const store = openStore({
    ...{ url: databaseUrl, applicationName: `pavane-${name}` },
    ...(preparedStatements === undefined ? {} : { preparedStatements }),
    ...(poolSize === undefined ? {} : { poolSize }),
  });
  closing.push(() => store.close());
  await migrate(store, fileURLToPath(migrations));
  const replica = `${name}-${hostname()}-${process.pid}-${v7().slice(-6)}`;
  const onStatus = (connected: boolean): void =>
    connected ? log.info({}, "the broker is back") : log.warn({}, "the broker is gone; facts wait in the outbox");
  const bus = await connectBus({ servers: natsUrl, name: replica, namespace, onStatus });
  closing.push(() => bus.close());
  const engine = await startEngine({ definition, store, bus, rules, adapters, log, replica, ...tuning });
  let deadline = 5_000;
  closing.push(() => engine.stop(deadline));
  const services = [
    ...(face === undefined ? [] : [face.served(definition, engine, store)]),
    service(OperationsServiceDefinition, operations(definition, store)),
  ];
  const server = await serveGrpc({ port: grpcPort, services, log, rules });
  closing.push(() => server.stop(deadline));
  return {
    ...{ grpcPort: server.port, engine, store, bus, server },
    stop: async (within) => {
      deadline = within / 2;
      await stop();
    },
  };
}
