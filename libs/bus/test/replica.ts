// A process of its own for the crash tests: writes facts, offers them to its relay, until it is killed.

import { setTimeout as sleep } from "node:timers/promises";
import { type AppendedFact, openStore, transact } from "@pavane/store";
import { connectBus, startRelay } from "../src/index.js";
import { catalogue, raiseAndAppend } from "./maker.js";

const [url = "", servers = "", namespace = "", leaseMillis = "500", aggregates = "0"] = process.argv.slice(2);
const store = openStore({ url, applicationName: "replica" });
const bus = await connectBus({ servers, name: "replica", namespace });
const relay = await startRelay({ store, bus, catalogue, service: "maker", leaseMillis: Number(leaseMillis) });
process.send?.("ready");

for (let turn = 0; Number(aggregates) > 0; turn++) {
  const keys = [`thing/${turn % Number(aggregates)}`, `own/${process.pid}`].sort();
  const facts = await transact(store, async (tx) => {
    const appended: AppendedFact[] = [];
    for (const key of keys) {
      appended.push(await raiseAndAppend(tx, key));
    }
    return appended;
  });
  relay.offer(facts);
  await sleep(2);
}
