// What goes over the broker: messages in every stream, and who hears which of them.
import type { Bus } from "@pavane/bus";
import { streamName } from "@pavane/bus";

/** A durable: a service that hears facts of another. */
export interface Hearer {
  readonly hearer: string;
  readonly owner: string;
  /** The facts, without the namespace. */
  readonly types: readonly string[];
  /** Messages not delivered, or delivered and not acknowledged. */
  readonly open: number;
}

/** The durables of these owners' streams, as they are now. */
export async function hearers({ manager, namespace }: Bus, owners: readonly string[]): Promise<Hearer[]> {
  const found: Hearer[] = [];
  for (const owner of owners) {
    for await (const { config, num_pending, num_ack_pending } of manager.consumers.list(streamName(namespace, owner))) {
      const hearer = /^(.*)_hears_/.exec(config.durable_name ?? "")?.[1];
      if (hearer === undefined) continue;
      const subjects = config.filter_subjects ?? (config.filter_subject ? [config.filter_subject] : []);
      const types = subjects.map((subject) => subject.slice(namespace.length + 1));
      found.push({ hearer, owner, types, open: num_pending + num_ack_pending });
    }
  }
  return found;
}
