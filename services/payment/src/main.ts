// The payment service's process.

import { PaymentServiceDefinition } from "@pavane/contracts/payment";
import { face, runService } from "@pavane/service";
import { variables } from "./config.js";
import { paymentService } from "./index.js";
import { adaptersOf } from "./provider.js";
import { commands, queries } from "./rpc.js";
import { sandboxProvider } from "./sandbox.js";

runService("payment", variables, ({ SANDBOX_URL, PROVIDER_TIMEOUT_SECONDS }, log) => ({
  definition: paymentService,
  migrations: new URL("../../migrations/", import.meta.url),
  face: face(PaymentServiceDefinition, commands, queries),
  adapters: adaptersOf(
    sandboxProvider({ url: SANDBOX_URL, timeoutMillis: PROVIDER_TIMEOUT_SECONDS }),
    (refund, reason) =>
      log.error(
        { order_id: refund.orderId, reference: refund.reference, reason },
        "the provider refused a refund for good: give the money back by hand, then call SettleRefund",
      ),
  ),
}));
