// All gates, in the order in which they are reported.
import { choreography } from "./choreography.js";
import { direction } from "./direction.js";
import { fresh } from "./documents.js";
import type { Gate } from "./gate.js";
import { marks } from "./marks.js";
import { platforms } from "./platforms.js";
import { purity } from "./purity.js";
import { size } from "./size.js";
import { breaking, format, lint, protos, types, unused } from "./standard.js";

export const gates: readonly Gate[] = [
  format,
  types,
  lint,
  unused,
  direction,
  purity,
  size,
  protos,
  breaking,
  choreography,
  fresh,
  marks,
  platforms,
];
