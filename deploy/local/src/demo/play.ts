// Plays one scenario: makes its user and items, places the order, does what people do meanwhile, and judges the end.
import { OrderStatus } from "@pavane/contracts/order";
import { RpcError } from "@pavane/rpc";
import { NotYet, patiently, type Services } from "../services.js";
import { prepare, requestOf, sceneOf } from "./cast.js";
import type { Control } from "./control.js";
import { type Part, resultOf } from "./part.js";
import type { Act, Scenario, Scene } from "./scenario.js";
import { tell } from "./tell.js";
import { complete, judge, type Outcome } from "./verdict.js";
import type { Sighting, Witness } from "./witness.js";

/** What a play needs. */
export interface House {
  readonly services: Services;
  readonly witness: Witness;
  readonly control: Control;
}

/** How long a purchase may take beyond its deadline, and one that should not need it at all, in milliseconds. */
const patience = 20_000;

/** Plays to the end and tells the part all of it; what goes wrong is a problem of the result, never thrown. */
export async function play(part: Part, house: House): Promise<void> {
  const { scenario, orderId } = part;
  const scene = sceneOf(scenario, orderId, house.services);
  const problems: string[] = [];
  let [start, outcome]: [number, Outcome] = [Date.now(), { outcome: "NONE", code: "" }];
  try {
    await prepare(scenario, scene);
    const wake = scenario.without === undefined ? undefined : await house.control.halt(scenario.without);
    try {
      start = await open(part, scene, house);
      outcome = await run(part, scene, house, { start, wake });
    } finally {
      await wake?.();
    }
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error));
  }
  const facts = house.witness.factsOf(orderId);
  problems.push(...judge(scenario.ends, outcome, facts));
  part.end(resultOf(scenario, orderId, { start, outcome, facts, problems }));
}

/** Places the order, once the order service has heard of its items, and lets its facts be told. */
async function open(part: Part, scene: Scene, { witness }: House): Promise<number> {
  const { scenario, orderId } = part;
  const names = new Map(scenario.basket.map(({ name }, at) => [scene.itemIds[at] ?? "", name]));
  let start = Date.now();
  witness.follow(orderId, (fact) => {
    const at = fact.time.getTime() - start;
    part.say({ at, who: fact.owner, what: fact.fact, detail: tell(fact, names), kind: "fact" });
  });
  await patiently(["ITEM_NOT_FOUND"], async () => {
    start = Date.now();
    try {
      await scene.services.order.placeOrder(requestOf(scenario, scene));
    } catch (error) {
      const refused = scenario.ends.outcome === "REFUSED" && error instanceof RpcError;
      if (!refused || error.reason === "ITEM_NOT_FOUND") throw error;
      part.say({
        at: Date.now() - start,
        who: "order",
        what: "PlaceOrder refused",
        detail: error.message,
        kind: "fact",
      });
    }
  });
  return start;
}

interface Course {
  readonly start: number;
  readonly wake: (() => Promise<void>) | undefined;
}

async function run(part: Part, scene: Scene, house: House, { start, wake }: Course): Promise<Outcome> {
  const { scenario, orderId } = part;
  if (scenario.ends.outcome === "REFUSED") return await refusalOf(scenario, scene);
  for (const act of scenario.acts ?? []) await perform(act, part, scene, { house, start });
  if (wake !== undefined) await sitOut(part, scene, house, { start, wake });
  const { witness } = house;
  await witness.until(orderId, (facts) => over(scenario, facts), patience);
  // The last fact overtook the others on another stream: they are on their way.
  await witness.until(orderId, (facts) => complete(scenario.ends, facts), 1_000);
  return await endOf(scenario, scene);
}

async function perform(act: Act, part: Part, scene: Scene, { house, start }: { house: House; start: number }) {
  const came = await house.witness.until(
    scene.orderId,
    (facts) => facts.some(({ fact }) => fact === act.after),
    patience,
  );
  if (!came) throw new Error(`${act.what} waited in vain for ${act.after}`);
  // Told before it is done: the facts it makes come at once.
  part.say({ at: Date.now() - start, who: act.who, what: act.what, detail: "", kind: "act" });
  await act.does(scene);
}

/** Waits for the deadline to end the order while a service stands still, then wakes the service. */
async function sitOut(part: Part, { orderId, services }: Scene, { witness }: House, { start, wake }: Course) {
  const { order } = await services.order.getOrder({ orderId });
  const left = Math.max(0, order.deadlineTime.getTime() - Date.now());
  // A saga awaits each answer: only those after the one that stands still, payment, shipping and item, can be there.
  const most = part.scenario.mode === "ORCHESTRATED" ? 3 : 4;
  const answered = (facts: readonly Sighting[]): boolean => {
    return facts.filter(({ fact }) => /\.(released|voided)$|^shipment\.cancelled$/.test(fact)).length >= most;
  };
  const came = await witness.until(orderId, answered, left + patience);
  if (!came) throw new Error("the deadline did not end the order");
  await wake?.();
  const what = `${part.scenario.without} runs again`;
  part.say({ at: Date.now() - start, who: "operator", what, detail: "", kind: "act" });
}

/** Whether nothing more can come: also when the order ended otherwise than it must. */
function over({ ends }: Scenario, facts: readonly Sighting[]): boolean {
  const has = (name: string): boolean => facts.some(({ fact }) => fact === name);
  const completes = ends.outcome !== "CANCELLED";
  return complete(ends, facts) || has("order.cancelled") || (has("order.completed") && !completes);
}

/** Where the order stands; shipped and delivered come to the order a moment after their facts. */
async function endOf({ ends }: Scenario, { orderId, services }: Scene): Promise<Outcome> {
  const look = async (): Promise<Outcome> => {
    const { order } = await services.order.getOrder({ orderId });
    return { outcome: nameOf(order.status), code: order.code };
  };
  const expected = async (): Promise<Outcome> => {
    const seen = await look();
    if (seen.outcome !== ends.outcome) throw new NotYet(`it is ${seen.outcome}`);
    return seen;
  };
  return await patiently([], expected).catch(look);
}

function nameOf(status: OrderStatus): string {
  return Object.entries(OrderStatus).find(([, value]) => value === status)?.[0] ?? status;
}

/** Asks once more: a refusal changes nothing, so it must be the same. */
async function refusalOf(scenario: Scenario, scene: Scene): Promise<Outcome> {
  try {
    await scene.services.order.placeOrder(requestOf(scenario, scene));
    return { outcome: "ACCEPTED", code: "" };
  } catch (error) {
    if (error instanceof RpcError) return { outcome: "REFUSED", code: error.reason };
    throw error;
  }
}
