// The poison benchmark: how fast a service handles facts of which some can never be handled, against facts that all can.
import { randomBytes, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type Bus, connectBus, Publisher, subjectName } from "@pavane/bus";
import { catalogue, encodeFact } from "@pavane/contracts";
import { UserStatus } from "@pavane/contracts/user";
import { money } from "@pavane/kernel";
import type { StackState } from "../state.js";
import { Trouble } from "../trouble.js";
import { hearers } from "./traffic.js";

/** What to run. */
export interface PoisonOptions {
  /** Facts in a round. */
  readonly facts: number;
  /** Rounds of each kind, after one that is not measured. */
  readonly rounds: number;
}

/** Facts that notification, which alone hears them, has acknowledged, a second: medians, and shares of the clean rate. */
export interface PoisonReport {
  readonly bench: "poison";
  readonly facts: number;
  readonly rounds: number;
  /** Each user once; then one in 500 breaks a rule of its fields. */
  readonly clean: number;
  readonly oneIn500: number;
  readonly oneIn500Ratio: number;
  /** Twenty users over and over; then every fact of one of them breaks a rule. */
  readonly cleanKeys: number;
  readonly oneKeyIn20: number;
  readonly oneKeyIn20Ratio: number;
}

/** Which user the fact at a place of a round is about, and whether it is sound. */
type Kind = (at: number) => { readonly user: number; readonly sound: boolean };

const clean: Kind = (at) => ({ user: at, sound: true });
const oneIn500: Kind = (at) => ({ user: at, sound: at % 500 !== 250 });
const cleanKeys: Kind = (at) => ({ user: at % 20, sound: true });
const oneKeyIn20: Kind = (at) => ({ user: at % 20, sound: at % 20 !== 10 });

/** Runs the benchmark on a system that is thrown away: it announces users that user does not have, and leaves dead letters. */
export async function benchPoison(state: StackState, { facts, rounds }: PoisonOptions): Promise<PoisonReport> {
  const bus = await connectBus({ servers: state.nats, name: "bench", namespace: state.namespace });
  try {
    const pair = async (good: Kind, bad: Kind): Promise<readonly [number, number]> => {
      await round(bus, good, facts);
      const rates: (readonly [number, number])[] = [];
      while (rates.length < rounds) rates.push([await round(bus, good, facts), await round(bus, bad, facts)]);
      return [median(rates.map(([rate]) => rate)), median(rates.map(([, rate]) => rate))];
    };
    const [each, some] = await pair(clean, oneIn500);
    const [keys, poisoned] = await pair(cleanKeys, oneKeyIn20);
    return {
      ...{ bench: "poison", facts, rounds, clean: each, oneIn500: some, oneIn500Ratio: some / each },
      ...{ cleanKeys: keys, oneKeyIn20: poisoned, oneKeyIn20Ratio: poisoned / keys },
    };
  } finally {
    await bus.close();
  }
}

/** Announces the facts of a round as user would; answers how many a second were handled, or kept as failed. */
async function round(bus: Bus, kind: Kind, facts: number): Promise<number> {
  const run = randomBytes(3).toString("hex");
  const messages = Array.from({ length: facts }, (_, at) => messageOf(`poison-${run}`, at, kind(at)));
  const subject = subjectName(bus.namespace, "user.registered");
  const begun = performance.now();
  await publish(bus, subject, messages);
  while ((await hearers(bus, ["user"])).some(({ open }) => open > 0)) await sleep(10);
  return (facts * 1_000) / (performance.now() - begun);
}

/** Resolves when the stream has them all. */
async function publish(bus: Bus, subject: string, messages: readonly Uint8Array[]): Promise<void> {
  const publisher = new Publisher(bus.connection);
  try {
    const sent = messages.map((message) => {
      return new Promise<void>((resolve, reject) => {
        publisher.publish(subject, randomUUID(), message, ({ how }) => {
          if (how === "acknowledged") resolve();
          else reject(new Trouble(`a fact was not taken by the broker: ${how}`));
        });
      });
    });
    await Promise.all(sent);
  } finally {
    publisher.close();
  }
}

function messageOf(run: string, at: number, { user, sound }: ReturnType<Kind>): Uint8Array {
  const data = {
    ...{ userId: `${run}-${user}`, name: sound ? "Ada" : "A".repeat(201), email: "ada@example.org" },
    ...{ status: UserStatus.ACTIVE, currencyCode: "USD", purchaseLimit: money("USD", 1_000n) },
  };
  return encodeFact(catalogue["user.registered"], data, {
    id: randomUUID(),
    time: new Date(),
    version: BigInt(at + 1),
  });
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}
