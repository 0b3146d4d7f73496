// A maker of facts on a database of its own, and everything its stream took, in order.

import { jetstream } from "@nats-io/jetstream";
import {
  type AppendedFact,
  migrate,
  openStore,
  type Store,
  startPartitions,
  type Transaction,
  transact,
} from "@pavane/store";
import { type Database, database, namespace, natsUrl } from "@pavane/testkit";
import { type Bus, connectBus, type Relay, type RelayOptions, startRelay, streamName } from "../src/index.js";
import { catalogue, raiseAndAppend } from "./maker.js";

/** A fact as the stream has it. */
export interface Published {
  readonly id: string;
  readonly aggregate: string;
  readonly version: number;
}

export interface World {
  readonly bus: Bus;
  readonly store: Store;
  readonly url: string;
  readonly namespace: string;
  /** Within a transaction: takes the row lock, raises the version, appends one fact. */
  change(tx: Transaction, aggregate: string, size?: number): Promise<AppendedFact>;
  /** A transaction with one fact for each aggregate, which it commits. */
  announce(...aggregates: string[]): Promise<AppendedFact[]>;
  relay(options?: Partial<RelayOptions>): Promise<Relay>;
  /** All the stream has, first to last. */
  published(): Promise<Published[]>;
  /** Ids in the outbox that the stream does not have. */
  lost(): Promise<string[]>;
  /** What trouble the relays told of. */
  readonly troubles: string[];
  close(): Promise<void>;
}

export async function world(on: { servers?: string; database?: Database } = {}): Promise<World> {
  const made = on.database ?? (await database());
  const store = openStore({ url: made.url, applicationName: "test", poolSize: 40 });
  await migrate(store);
  await (await startPartitions(store)).stop();
  await store.knex.raw("create table thing (key text primary key, version bigint not null)");
  const name = namespace();
  const bus = await connectBus({ servers: on.servers ?? natsUrl(), name: "test", namespace: name });
  const relays: Relay[] = [];
  const troubles: string[] = [];

  const published = async (): Promise<Published[]> => {
    const stream = streamName(name, "maker");
    const { state } = await bus.manager.streams.info(stream);
    if (state.messages === 0) {
      return [];
    }
    const consumer = await jetstream(bus.connection).consumers.get(stream);
    const all: Published[] = [];
    for await (const message of await consumer.consume({ max_messages: 5_000 })) {
      const { aggregate, version } = message.json<{ aggregate: string; version: number }>();
      all.push({ id: message.headers?.get("Nats-Msg-Id") ?? "", aggregate, version });
      if (message.seq >= state.last_seq) {
        break;
      }
    }
    return all;
  };

  return {
    bus,
    store,
    url: made.url,
    namespace: name,
    troubles,
    change: raiseAndAppend,
    announce: (...aggregates) =>
      transact(store, async (tx) => {
        const facts: AppendedFact[] = [];
        for (const aggregate of [...aggregates].sort()) {
          facts.push(await raiseAndAppend(tx, aggregate));
        }
        return facts;
      }),
    relay: async (options = {}) => {
      const relay = await startRelay({
        store,
        bus,
        catalogue,
        service: "maker",
        onTrouble: (what, error) => troubles.push(`${what}: ${String(error)}`),
        ...options,
      });
      relays.push(relay);
      return relay;
    },
    published,
    lost: async () => {
      const there = new Set((await published()).map(({ id }) => id));
      const rows: { id: string }[] = await store.knex("outbox").select("id");
      return rows.map(({ id }) => id).filter((id) => !there.has(id));
    },
    close: async () => {
      await Promise.all(relays.map((relay) => relay.stop(500)));
      if (bus.connected) {
        await bus.manager.streams.delete(streamName(name, "maker")).catch(() => undefined);
      }
      await Promise.all([bus.close(), store.close()]);
      await made.drop();
    },
  };
}

/** Aggregates of which a later version came before an earlier one, counting first occurrences only. */
export function inversions(published: readonly Published[]): string[] {
  const highest = new Map<string, number>();
  const seen = new Set<string>();
  const wrong: string[] = [];
  for (const { id, aggregate, version } of published) {
    if (!seen.has(id)) {
      seen.add(id);
      if (version !== (highest.get(aggregate) ?? 0) + 1) {
        wrong.push(`${aggregate}: ${version} after ${highest.get(aggregate) ?? 0}`);
      }
      highest.set(aggregate, version);
    }
  }
  return wrong;
}
