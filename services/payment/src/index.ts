// Payment, declared: what the engine, the simulator and the map run.

import { catalogue } from "@pavane/contracts";
import { service } from "@pavane/choreography";
import { payments } from "./payment.js";
import { outcomes, reactions } from "./reactions.js";
import { commands } from "./rpc.js";

/** Charges, voids and refunds. */
export const paymentService = service({
  name: "payment",
  catalogue,
  tables: [payments],
  reactions,
  commands,
  outcomes,
});
export type { Charge, ChargeOutcome, Refund, RefundOutcome } from "./domain.js";
