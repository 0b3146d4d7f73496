// Looking on: every later fact is seen, and the broker keeps nothing of the onlooker.

import { eventually, namespace, natsUrl } from "@pavane/testkit";
import { expect } from "chai";
import {
  type Bus,
  connectBus,
  ensureStream,
  type Observation,
  type Observed,
  observe,
  streamName,
  subjectName,
} from "../src/index.js";
import { catalogue } from "./maker.js";

describe("an observation", () => {
  let bus: Bus;
  let seen: Observed[];
  let open: Observation[];

  beforeEach(async () => {
    bus = await connectBus({ servers: natsUrl(), name: "test", namespace: namespace() });
    await ensureStream(bus, catalogue, "maker");
    [seen, open] = [[], []];
  });
  afterEach(async () => {
    await Promise.all(open.map((one) => one.stop()));
    await bus.manager.streams.delete(streamName(bus.namespace, "maker"));
    await bus.close();
  });

  const look = async (onFact: (fact: Observed) => void, onTrouble?: (what: string, error: unknown) => void) => {
    const options = { bus, owners: ["maker"], onFact };
    const one = await observe(onTrouble === undefined ? options : { ...options, onTrouble });
    open.push(one);
    return one;
  };
  // Stored when it resolves.
  const say = (text: string) => bus.connection.request(subjectName(bus.namespace, "thing.changed"), text);
  const texts = () => seen.map(({ data }) => Buffer.from(data).toString());

  it("sees every fact announced after it began, in order, and none from before", async () => {
    await say("before");
    await look((fact) => seen.push(fact));
    const all = Array.from({ length: 50 }, (_, at) => `fact ${at}`);
    for (const text of all) await say(text);
    await eventually(() => expect(texts()).to.deep.equal(all));
    expect(seen[0]).to.include({ type: "thing.changed", stream: streamName(bus.namespace, "maker"), sequence: 2 });
  });

  it("goes on when the onlooker throws, and tells of it", async () => {
    const troubles: string[] = [];
    const onFact = (fact: Observed) => {
      if (fact.sequence === 1) throw new Error("cannot look");
      seen.push(fact);
    };
    await look(onFact, (what) => troubles.push(what));
    await say("one");
    await say("two");
    await eventually(() => expect(texts()).to.deep.equal(["two"]));
    expect(troubles).to.deep.equal([`an onlooker of ${streamName(bus.namespace, "maker")} failed`]);
  });

  it("leaves no consumer behind", async () => {
    const one = await look((fact) => seen.push(fact));
    await say("one");
    await eventually(() => expect(texts()).to.deep.equal(["one"]));
    await one.stop();
    await eventually(async () => {
      const { state } = await bus.manager.streams.info(streamName(bus.namespace, "maker"));
      expect(state.consumer_count).to.equal(0);
    });
  });

  it("refuses to look at a stream that does not exist", async () => {
    const owners = ["maker", "nobody"];
    const refused = await observe({ bus, owners, onFact: (fact) => seen.push(fact) }).catch((error: unknown) => error);
    expect(String(refused)).to.contain("stream not found");
  });
});
