// The item service as data: what the engine runs, and the simulator and the map read.

import { service } from "@pavane/choreography";
import { catalogue } from "@pavane/contracts";
import { holds } from "./hold.js";
import { items } from "./item.js";
import { reactions } from "./reactions.js";
import { restocks } from "./restock.js";
import { commands } from "./rpc.js";

/** Everything item does. Tables in the order in which rows are locked. */
export const itemService = service({
  name: "item",
  catalogue,
  tables: [items, holds, restocks],
  reactions,
  commands,
});
