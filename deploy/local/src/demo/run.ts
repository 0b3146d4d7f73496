// The whole demo on a running system: every scenario on users and items of its own, all that can at the same time.
import { randomBytes } from "node:crypto";
import { connectBus, observe } from "@pavane/bus";
import { connectServices } from "../services.js";
import type { StackState } from "../state.js";
import { controlOf } from "./control.js";
import { makePart, type Part, type Result } from "./part.js";
import { type House, play } from "./play.js";
import type { Scenario } from "./scenario.js";
import { makeWitness, type Witness } from "./witness.js";

const announcers = ["order", "user", "inventory", "item", "shipping", "payment", "saga"];

/** Plays the scenarios while `watch` looks at their parts. Answers the results in the scenarios' order. */
export async function runDemo(
  state: StackState,
  scenarios: readonly Scenario[],
  watch: (parts: readonly Part[]) => Promise<unknown>,
): Promise<Result[]> {
  const bus = await connectBus({ servers: state.nats, name: "demo", namespace: state.namespace });
  const services = connectServices(state);
  const witness = makeWitness();
  const troubles: string[] = [];
  const looking = await observe({
    bus,
    owners: announcers,
    onFact: ({ data }) => witness.see(data),
    onTrouble: (what, error) => troubles.push(`${what}: ${String(error)}`),
  });
  try {
    const run = `demo-${randomBytes(3).toString("hex")}`;
    const parts = scenarios.map((scenario) => makePart(scenario, `${run}-${scenario.name}${suffixOf(scenario)}`));
    const house: House = { services, witness, control: controlOf(state) };
    const [results] = await Promise.all([playAll(parts, house), watch(parts)]);
    return results.map((result) => withLate(result, witness, troubles));
  } finally {
    await looking.stop();
    services.close();
    await bus.close();
  }
}

function suffixOf({ mode }: Scenario): string {
  return mode === "ORCHESTRATED" ? "-conducted" : "";
}

/** Those that stop a service play alone and last: without it the others could not end. */
async function playAll(parts: readonly Part[], house: House): Promise<Result[]> {
  const alone = parts.filter(({ scenario }) => scenario.without !== undefined);
  await Promise.all(parts.filter((part) => !alone.includes(part)).map((part) => play(part, house)));
  for (const part of alone) await play(part, house);
  return await Promise.all(parts.map(({ result }) => result));
}

/** A fact that came after the end of its order was judged is a problem too. */
function withLate(result: Result, witness: Witness, troubles: readonly string[]): Result {
  const late = witness.factsOf(result.orderId).slice(result.facts.length);
  const problems = late.map(({ fact }) => `${fact} came after the end`);
  return { ...result, problems: [...result.problems, ...problems, ...troubles] };
}
