// The simulator: explores the orders of events of services' tables, on their real decisions.
export { explore } from "./explore.js";
export type { Exploration, ExploreOptions, Violation } from "./explore.js";
export { laws } from "./local.js";
export { Machine } from "./machine.js";
export { replay, shrink, timeline } from "./schedule.js";
export type { Replay } from "./schedule.js";
export type { Ask, Database, Deed, DeedRule, End, Faults, Rule, Said, Scenario, Wish, World } from "./scenario.js";
export { randomOf, wander } from "./wander.js";
export type { Walk, WanderOptions } from "./wander.js";
