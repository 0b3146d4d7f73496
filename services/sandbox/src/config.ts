// What the sandbox is told by its environment.

import { port } from "@pavane/runtime";
import { z } from "zod";

/** The sandbox's variables. */
export const variables = {
  DATABASE_URL: z.url().describe("the url of the sandbox's own Postgres database"),
  HTTP_PORT: port().default(8090).describe("a free port for the provider; 0 takes any"),
  SANDBOX_SLOW_MS: z.coerce.number().int().min(0).default(3_000).describe("how long tok_slow takes, in milliseconds"),
};
