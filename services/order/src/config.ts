// What order is told by its environment, beside what every service is told.

import { list, type Values } from "@pavane/runtime";
import { z } from "zod";
import { defaults, type Policy } from "./domain.js";

const answering = defaults.participants.join(", ");

/** Order's own variables. */
export const variables = {
  ORDER_DEADLINE_SECONDS: z.coerce
    .number()
    .positive()
    .max(86_400)
    .default(defaults.deadlineSeconds)
    .describe("the seconds an order may take, from order.placed until it expires"),
  REVIEW_ABOVE_MINOR_UNITS: z.coerce
    .bigint()
    .min(0n)
    .default(defaults.reviewAboveMinorUnits)
    .describe("the total in minor units above which an order waits for a review"),
  REVIEW_HOURS: z.coerce
    .number()
    .positive()
    .max(8_760)
    .default(defaults.reviewHours)
    .describe("the hours a review may take until the order expires"),
  ORDER_PARTICIPANTS: list()
    .pipe(
      z
        .array(z.enum(defaults.participants, `an item is none of ${answering}: it would never answer`))
        .min(1)
        .refine((names) => new Set(names).size === names.length, "an item is there twice"),
    )
    .default([...defaults.participants])
    .describe(`those who must answer order.cancelling, separated by commas, of ${answering}`),
};

/** The policy that is configured. */
export function policyOf(values: Values<typeof variables>): Policy {
  return {
    deadlineSeconds: values.ORDER_DEADLINE_SECONDS,
    reviewAboveMinorUnits: values.REVIEW_ABOVE_MINOR_UNITS,
    reviewHours: values.REVIEW_HOURS,
    participants: values.ORDER_PARTICIPANTS,
  };
}
