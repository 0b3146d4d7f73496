// Which inputs of a batch may be handled: those not claimed, settled or resolved before.

import { claimInbox, lockEffects, lockFailed, type Transaction } from "@pavane/store";
import type { Input } from "./input.js";

/**
 * Claims and locks what guards these inputs, in the first flight of their transaction. Each guard lets one input pass:
 * a second delivery in the same batch is a duplicate like any other.
 */
export async function guards(tx: Transaction, inputs: readonly Input[]): Promise<(input: Input) => boolean> {
  const found = await Promise.all([claims(tx, inputs), retries(tx, inputs), effects(tx, inputs)]);
  const free = new Set(found.flat());
  return (input) => {
    const guard = guardOf(input);
    return guard === undefined || free.delete(guard);
  };
}

async function claims(tx: Transaction, inputs: readonly Input[]): Promise<string[]> {
  const claiming = inputs.filter(isClaimed);
  if (claiming.length === 0) return [];
  const arrays = [claiming.map(({ id }) => id), claiming.map(({ name }) => name)];
  const won = await tx.send<{ id: string }>(claimInbox, arrays);
  return won.map(({ id }) => `claim/${id}`);
}

async function retries(tx: Transaction, inputs: readonly Input[]): Promise<string[]> {
  const origins = inputs.flatMap(({ origin }) => (origin !== undefined && origin.attempts > 0 ? [origin] : []));
  if (origins.length === 0) return [];
  const arrays = [origins.map(({ id }) => id), origins.map(({ reaction }) => reaction)];
  const rows = await tx.send<{ id: string; reaction: string; state: string }>(lockFailed, arrays);
  return rows.filter(({ state }) => state === "RETRYING").map(({ id, reaction }) => `retry/${id}/${reaction}`);
}

async function effects(tx: Transaction, inputs: readonly Input[]): Promise<string[]> {
  const keys = inputs.flatMap(({ effect }) => (effect === undefined ? [] : [effect.key]));
  if (keys.length === 0) return [];
  const rows = await tx.send<{ key: string; state: string }>(lockEffects, [keys]);
  return rows.filter(({ state }) => state === "PENDING").map(({ key }) => `effect/${key}`);
}

function isClaimed({ rule, origin }: Input): boolean {
  return rule?.kind === "reaction" && rule.guard === "once" && (origin?.attempts ?? 0) === 0;
}

function guardOf(input: Input): string | undefined {
  const { effect, origin, id } = input;
  if (effect !== undefined) return `effect/${effect.key}`;
  if (origin !== undefined && origin.attempts > 0) return `retry/${origin.id}/${origin.reaction}`;
  return isClaimed(input) ? `claim/${id}` : undefined;
}
