// What inventory is told by its environment, beside what every service is told.

import { z } from "zod";

/** Inventory's own variables. */
export const variables = {
  DEFAULT_CAPACITY: z.coerce
    .number()
    .int()
    .min(0)
    .max(1_000_000)
    .default(100)
    .describe("the slots of a user who was never heard of, 0 to 1000000"),
};
