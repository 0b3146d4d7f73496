// What payment is told by its environment, beside what every service is told.

import { seconds } from "@pavane/runtime";
import { z } from "zod";

/** Payment's own variables. */
export const variables = {
  SANDBOX_URL: z.url().describe("the url of the sandbox payment provider"),
  PROVIDER_TIMEOUT_SECONDS: seconds()
    .pipe(z.number().max(10_000, "more than 10"))
    .default(5_000)
    .describe("the seconds one request to the provider may take, 10 at most"),
};
