// The contracts: the catalogue of facts, their form on the wire, and the rules of every field.
import { descriptors } from "./gen/descriptors.js";
import { rulesOf } from "./rules.js";

export { choreographed, orchestrated } from "./choreographed.js";
export { bytesOf, codecOf, messageOf } from "./codec.js";
export type { MessageType } from "./codec.js";
export { decodeEnvelope, encodeEnvelope } from "./envelope.js";
export type { Envelope } from "./envelope.js";
export { decodeFact, decodePayload, encodeFact, envelopeOf } from "./fact.js";
export type { Stamp } from "./fact.js";
export { catalogue } from "./gen/catalogue.js";
export type { Facts } from "./gen/catalogue.js";
export { descriptors };
export { rulesOf } from "./rules.js";
export type { FieldViolation, Rules } from "./rules.js";
export { Undecodable } from "./undecodable.js";

/** The rules of Pavane's own protos. */
export const rules = rulesOf(descriptors);
