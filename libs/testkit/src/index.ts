// What tests share: servers from the environment, a database for each file, a namespace on the broker, patience.
export { address, goods, line, purchase } from "./builders.js";
export { refusalCodes } from "./codes.js";
export type { Codes } from "./codes.js";
export { database } from "./database.js";
export type { Database } from "./database.js";
export { databaseUrl, natsUrl } from "./environment.js";
export { eventually } from "./eventually.js";
export type { Patience } from "./eventually.js";
export { namespace } from "./namespace.js";
export { program } from "./program.js";
export type { Program } from "./program.js";
export { stage } from "./stage.js";
export type { Announced, Play, Stage } from "./stage.js";
