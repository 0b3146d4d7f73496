// The contracts: the catalogue of facts, their form on the wire, and the rules of every field.
export { choreographed } from "./choreographed.js";
export { catalogue } from "./gen/catalogue.js";
export type { Facts } from "./gen/catalogue.js";
export { descriptors } from "./gen/descriptors.js";
