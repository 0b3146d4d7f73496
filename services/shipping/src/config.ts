// What shipping is told by its environment, beside what every service is told.

import { list } from "@pavane/runtime";
import { z } from "zod";
import { defaults } from "./domain.js";

/** Shipping's own variables. */
export const variables = {
  SHIPPING_COUNTRIES: list()
    .pipe(z.array(z.string().regex(/^[A-Z]{2}$/, "an item is no country code")).min(1))
    .default([...defaults.countries])
    .describe("ISO 3166-1 alpha-2 codes of the countries we deliver to, separated by commas"),
};
