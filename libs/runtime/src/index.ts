// A process's surroundings: configuration, log, telemetry, lifecycle, admin HTTP.
export { flag, list, port, readConfig, seconds } from "./config.js";
export type { Values, Variables } from "./config.js";
export { run } from "./lifecycle.js";
export type { App } from "./lifecycle.js";
export { makeLog } from "./log.js";
export type { Level, Log, LogOptions } from "./log.js";
export { CannotStart } from "./trouble.js";
