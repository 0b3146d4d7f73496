// One call that makes a service of its tables.
export { face } from "./face.js";
export type { CommandsOf, Face } from "./face.js";
export { runService, serviceVariables } from "./run.js";
export type { ServiceVariables } from "./run.js";
export { startService } from "./start.js";
export type { RunningService, ServiceSetup, Surroundings } from "./start.js";
