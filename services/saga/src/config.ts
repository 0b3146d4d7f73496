// What saga is told by its environment, beside what every service is told.

import type { Values } from "@pavane/runtime";
import { z } from "zod";
import { defaults, type Policy } from "./purchase.js";

const seconds = () => z.coerce.number().positive().max(86_400);

/** Saga's own variables. */
export const variables = {
  SAGA_STEP_TIMEOUT_SECONDS: seconds()
    .default(defaults.stepTimeout)
    .describe("the seconds after which a step that is not answered makes the saga ask the order to cancel"),
  SAGA_RETRY_TRIES: z.coerce
    .number()
    .int()
    .min(1)
    .max(100)
    .default(defaults.retry.tries)
    .describe("how often a compensation is asked for before the saga goes on without its answer"),
  SAGA_RETRY_FIRST_SECONDS: seconds()
    .default(defaults.retry.firstDelay)
    .describe("the seconds until a compensation is asked for again; they double each time"),
  SAGA_RETRY_MAX_SECONDS: seconds()
    .default(defaults.retry.maxDelay)
    .describe("the most seconds between asking for a compensation and asking again"),
};

/** The policy that is configured. */
export function policyOf(values: Values<typeof variables>): Policy {
  return {
    stepTimeout: values.SAGA_STEP_TIMEOUT_SECONDS,
    retry: {
      tries: values.SAGA_RETRY_TRIES,
      firstDelay: values.SAGA_RETRY_FIRST_SECONDS,
      factor: 2,
      maxDelay: values.SAGA_RETRY_MAX_SECONDS,
    },
  };
}
