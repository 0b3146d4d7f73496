// The pure core: imports nothing.
export { concerning, nothing } from "./decision.js";
export type { Announcement, Context, Decision, EffectRequest } from "./decision.js";
export type { Catalogue, Codec, FactType } from "./fact.js";
export { equal, format, money, plus, times } from "./money.js";
export type { Money } from "./money.js";
export { Refused } from "./refused.js";
export type { Reason } from "./refused.js";
export { Unexpected } from "./unexpected.js";
