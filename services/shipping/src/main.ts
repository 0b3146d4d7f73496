// The shipping service's process.

import { ShippingServiceDefinition } from "@pavane/contracts/shipping";
import { face, runService } from "@pavane/service";
import { variables } from "./config.js";
import { shippingService } from "./index.js";
import { commands, queries } from "./rpc.js";

runService("shipping", variables, ({ SHIPPING_COUNTRIES }) => ({
  definition: shippingService({ countries: SHIPPING_COUNTRIES }),
  migrations: new URL("../../migrations/", import.meta.url),
  face: face(ShippingServiceDefinition, commands, queries),
}));
