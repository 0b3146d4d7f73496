// One service alone on a real Postgres and NATS: the test says what the others announce, and sees what it announces.

import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { type Bus, connectBus } from "@pavane/bus";
import { type Adapter, type Engine, type ServiceDefinition, startEngine } from "@pavane/choreography";
import { catalogue, decodeFact, encodeFact, type Facts, rules } from "@pavane/contracts";
import type { FactType } from "@pavane/kernel";
import { migrate, newEventId, openStore, type Store } from "@pavane/store";
import { database } from "./database.js";
import { natsUrl } from "./environment.js";
import { namespace } from "./namespace.js";

/** What a service on its stage is made of. */
export interface Play {
  readonly definition: ServiceDefinition;
  /** The folder of the service's migrations. */
  readonly migrations: URL;
  readonly adapters?: Readonly<Record<string, Adapter>>;
  /** Milliseconds a call of an effect may take. */
  readonly effectTimeout?: number;
}

/** A fact that the service announced. */
export interface Announced {
  readonly type: string;
  readonly subject: string;
  readonly version: bigint;
  readonly data: unknown;
}

/** A service on its stage. */
export interface Stage {
  readonly store: Store;
  /** What it announced, in the order of its first publishing; a fact that is published again is not repeated. */
  readonly announced: readonly Announced[];
  /** Announces a fact as its owner would; the same `id` again is a redelivery. Answers the id. */
  say<Name extends keyof Facts>(name: Name, data: Facts[Name], as?: { version?: bigint; id?: string }): string;
  /** Asks for a command and answers what it answers. */
  ask<Response>(command: string, request: unknown): Promise<Response>;
  /** Starts another replica. */
  join(): Promise<Engine>;
  /** Stops all replicas and drops the database. */
  close(): Promise<void>;
}

/** Starts one replica of a service on a fresh database and a namespace of its own. */
export async function stage(play: Play): Promise<Stage> {
  const fresh = await database();
  const store = openStore({ url: fresh.url, applicationName: play.definition.name });
  await migrate(store, fileURLToPath(play.migrations));
  const bus = await connectBus({ servers: natsUrl(), name: "stage", namespace: namespace() });
  const announced = listen(bus, play.definition.name);
  const engines: Engine[] = [];
  const join = async (): Promise<Engine> => {
    const engine = await startEngine({ ...play, ...{ store, bus, rules, log: silent }, ...hurried() });
    engines.push(engine);
    return engine;
  };
  const first = await join();
  return {
    store,
    announced,
    say: (name, data, { version = 1n, id = newEventId() } = {}) => {
      const fact: FactType<string, Facts[typeof name]> = catalogue[name];
      const message = encodeFact(fact, data, { id, version, time: new Date() });
      bus.connection.publish(`${bus.namespace}.${name}`, message);
      return id;
    },
    ask: async <Response>(command: string, request: unknown) =>
      (await first.execute(command, request, { actor: "test" })) as Response,
    join,
    close: async () => {
      await Promise.all(engines.map((engine) => engine.stop(5_000)));
      await Promise.all([bus.close(), store.close()]);
      await fresh.drop();
    },
  };
}

/** What makes a test quick: a replica of its own name that looks often for what is due. */
function hurried(): { readonly replica: string; readonly sweepInterval: number } {
  return { replica: randomUUID(), sweepInterval: 50 };
}

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

function listen({ connection, namespace: space }: Bus, owner: string): Announced[] {
  const heard: Announced[] = [];
  const ids = new Set<string>();
  connection.subscribe(`${space}.>`, {
    callback: (_error, message) => {
      const type = message.subject.slice(space.length + 1);
      const fact = (catalogue as Readonly<Record<string, FactType<string, unknown>>>)[type];
      if (fact?.owner !== owner) return;
      const { envelope, data } = decodeFact(fact, message.data);
      if (ids.has(envelope.id)) return;
      ids.add(envelope.id);
      heard.push({ type, subject: envelope.subject, version: envelope.version, data });
    },
  });
  return heard;
}
