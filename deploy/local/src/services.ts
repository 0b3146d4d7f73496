// Typed clients of every service of a running system.
import { setTimeout as sleep } from "node:timers/promises";
import { InventoryServiceDefinition } from "@pavane/contracts/inventory";
import { ItemServiceDefinition } from "@pavane/contracts/item";
import { NotificationServiceDefinition } from "@pavane/contracts/notification";
import { OrderServiceDefinition } from "@pavane/contracts/order";
import { PaymentServiceDefinition } from "@pavane/contracts/payment";
import { SagaServiceDefinition } from "@pavane/contracts/saga";
import { ShippingServiceDefinition } from "@pavane/contracts/shipping";
import { UserServiceDefinition } from "@pavane/contracts/user";
import { client, RpcError } from "@pavane/rpc";
import type { StackState } from "./state.js";
import { Trouble } from "./trouble.js";

/** Clients of every service. `close` them, or the process does not end. */
export type Services = ReturnType<typeof connectServices>;

/** Connects to every service; a call says when one does not answer. */
export function connectServices(state: StackState) {
  const at = (service: string): string => addressOf(state, service);
  const clients = {
    order: client(OrderServiceDefinition, at("order")),
    user: client(UserServiceDefinition, at("user")),
    inventory: client(InventoryServiceDefinition, at("inventory")),
    item: client(ItemServiceDefinition, at("item")),
    shipping: client(ShippingServiceDefinition, at("shipping")),
    payment: client(PaymentServiceDefinition, at("payment")),
    notification: client(NotificationServiceDefinition, at("notification")),
    saga: client(SagaServiceDefinition, at("saga")),
  };
  return {
    ...clients,
    close: () => {
      for (const one of Object.values(clients)) one.close();
    },
  };
}

/** host:port of a service's gRPC. Throws Trouble when the running system has no such service. */
export function addressOf({ services }: StackState, service: string): string {
  const address = services[service]?.replicas[0]?.grpc;
  if (address === undefined) throw new Trouble(`The running system has no ${service} service.`);
  return address;
}

/** Calls again while the call is refused with one of these codes, or throws NotYet, for up to ten seconds. */
export async function patiently<Answer>(codes: readonly string[], call: () => Promise<Answer>): Promise<Answer> {
  for (const deadline = Date.now() + 10_000; ; await sleep(20)) {
    try {
      return await call();
    } catch (error) {
      const known = error instanceof NotYet || (error instanceof RpcError && codes.includes(error.reason));
      if (!known || Date.now() > deadline) throw error;
    }
  }
}

/** What is waited for has not come yet. */
export class NotYet extends Error {
  override readonly name = "NotYet";
}
