// The user service as data: what the engine runs, and the simulator and the map read.

import { service } from "@pavane/choreography";
import { catalogue } from "@pavane/contracts";
import { entries } from "./entry.js";
import { holds } from "./hold.js";
import { reactions } from "./reactions.js";
import { commands } from "./rpc.js";
import { users } from "./user.js";

/** Everything user does. Tables in the order in which rows are locked. */
export const userService = service({
  name: "user",
  catalogue,
  tables: [users, holds, entries],
  reactions,
  commands,
});
