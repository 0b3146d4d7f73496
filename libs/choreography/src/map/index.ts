// A choreography as people and tools see it: drawn, described and checked from the tables that run.
export { asyncApi } from "./asyncapi.js";
export type { AsyncApi, AsyncApiOptions } from "./asyncapi.js";
export { checks, flawsOf } from "./checks.js";
export type { Flaw } from "./checks.js";
export { choreographyOf } from "./choreography.js";
export type { Act, Choreography, FactEntry } from "./choreography.js";
export { page } from "./page.js";
export type { PageOptions } from "./page.js";
