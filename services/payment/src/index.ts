// The payment service as data: what the engine runs, and the simulator and the map read.

import { service } from "@pavane/choreography";
import { catalogue } from "@pavane/contracts";
import { payments } from "./payment.js";
import { outcomes, reactions } from "./reactions.js";
import { commands } from "./rpc.js";

/** Everything payment does. */
export const paymentService = service({
  name: "payment",
  catalogue,
  tables: [payments],
  reactions,
  commands,
  outcomes,
});
export type { Charge, ChargeOutcome, Refund, RefundOutcome } from "./domain.js";
