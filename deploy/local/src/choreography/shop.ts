// The shop as data: every service's table of inputs, under the policies that hold where nothing is configured.
import type { ServiceDefinition } from "@pavane/choreography";
import { inventoryService } from "@pavane/service-inventory";
import { itemService } from "@pavane/service-item";
import { notificationService } from "@pavane/service-notification";
import { orderService } from "@pavane/service-order";
import { paymentService } from "@pavane/service-payment";
import { sagaService } from "@pavane/service-saga";
import { shippingService } from "@pavane/service-shipping";
import { userService } from "@pavane/service-user";

/** Every service, in the order in which a purchase meets them. */
export const shop: readonly ServiceDefinition[] = [
  userService,
  inventoryService({ defaultCapacity: 100 }),
  itemService,
  shippingService(),
  paymentService,
  orderService(),
  notificationService(),
  sagaService(),
];
