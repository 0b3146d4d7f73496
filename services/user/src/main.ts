// The user service's process.

import { UserServiceDefinition } from "@pavane/contracts/user";
import { face, runService } from "@pavane/service";
import { userService } from "./index.js";
import { commands, queries } from "./rpc.js";

runService("user", {}, () => ({
  definition: userService,
  migrations: new URL("../../migrations/", import.meta.url),
  face: face(UserServiceDefinition, commands, queries),
}));
