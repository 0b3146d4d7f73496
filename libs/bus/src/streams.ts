// One stream for each announcing service, made by whoever comes first.

import { DiscardPolicy, JetStreamApiError, RetentionPolicy, StorageType, type StreamInfo } from "@nats-io/jetstream";
import { nanos } from "@nats-io/nats-core";
import type { Bus } from "./connect.js";

/** The facts of a system by name, as far as the bus knows them: a `Catalogue` is one. */
export type FactNames = Readonly<Record<string, { readonly name: string; readonly owner: string }>>;

/** How a stream is kept. */
export interface StreamLimits {
  /** 1 by default; 3 in production. */
  readonly replicas?: number;
  /** Unlimited (-1) by default. When it is full, publishing waits: nothing is discarded. */
  readonly maxBytes?: number;
  /** 7 by default. */
  readonly maxAgeDays?: number;
}

/** A stream as it is now. */
export interface StreamState {
  readonly name: string;
  /** When it was made: one that was lost and made again counts from one again. */
  readonly created: string;
}

const dayMillis = 86_400_000;
const streamNotFound = 10059;
const streamNameInUse = 10058;

/** `pavane` and `order`: PAVANE_ORDER. */
export function streamName(namespace: string, owner: string): string {
  return `${namespace}_${owner}`.toUpperCase().replaceAll(/[^A-Z0-9_-]/g, "_");
}

/** `pavane` and `order.placed`: pavane.order.placed. */
export function subjectName(namespace: string, type: string): string {
  return `${namespace}.${type}`;
}

/** Makes the stream of an owner's facts, or adds the subjects that are new; any side may, in any order. */
export async function ensureStream(
  bus: Bus,
  catalogue: FactNames,
  owner: string,
  limits: StreamLimits = {},
): Promise<StreamState> {
  const name = streamName(bus.namespace, owner);
  const subjects = Object.values(catalogue)
    .filter((fact) => fact.owner === owner)
    .map((fact) => subjectName(bus.namespace, fact.name));
  if (subjects.length === 0) {
    throw new Error(`${owner} announces no fact in the catalogue: there is no stream to make or to hear`);
  }
  const found = (await infoOf(bus, name)) ?? (await make(bus, name, subjects, limits));
  const missing = subjects.filter((subject) => !found.config.subjects.includes(subject));
  if (missing.length > 0) {
    await bus.manager.streams.update(name, { ...found.config, subjects: [...found.config.subjects, ...missing] });
  }
  return { name, created: found.created };
}

async function infoOf(bus: Bus, name: string): Promise<StreamInfo | undefined> {
  try {
    return await bus.manager.streams.info(name);
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === streamNotFound) {
      return undefined;
    }
    throw error;
  }
}

async function make(bus: Bus, name: string, subjects: string[], limits: StreamLimits): Promise<StreamInfo> {
  try {
    return await bus.manager.streams.add({
      name,
      subjects,
      storage: StorageType.File,
      retention: RetentionPolicy.Limits,
      discard: DiscardPolicy.New,
      num_replicas: limits.replicas ?? 1,
      max_bytes: limits.maxBytes ?? -1,
      max_age: nanos((limits.maxAgeDays ?? 7) * dayMillis),
      duplicate_window: nanos(120_000),
    });
  } catch (error) {
    // Another replica, with other subjects or limits, was first.
    if (error instanceof JetStreamApiError && error.code === streamNameInUse) {
      return await bus.manager.streams.info(name);
    }
    throw error;
  }
}
