// What ts-proto generates for a service (`outputServices=generic-definitions`), and what is derived from it.
import type { MessageType } from "@pavane/contracts";
import type { Call } from "./call.js";

/** One RPC of a service. */
export interface MethodDescription {
  readonly name: string;
  readonly requestType: MessageType<unknown>;
  readonly requestStream: boolean;
  readonly responseType: MessageType<unknown>;
  readonly responseStream: boolean;
  readonly options: { readonly idempotencyLevel?: string };
}

/** A service as ts-proto describes it, for example OrderServiceDefinition. */
export interface ServiceDescription {
  readonly name: string;
  readonly fullName: string;
  readonly methods: Readonly<Record<string, MethodDescription>>;
}

type Message<Type> = Type extends { decode(bytes: Uint8Array): infer Decoded } ? Decoded : never;

/** What an RPC takes. */
export type RequestOf<Method extends MethodDescription> = Message<Method["requestType"]>;
/** What an RPC answers. */
export type ResponseOf<Method extends MethodDescription> = Message<Method["responseType"]>;

/** What answers an RPC: a promise, or a stream of answers. It throws Refused to refuse; anything else is INTERNAL. */
export type Handler<Method extends MethodDescription> = Method["responseStream"] extends true
  ? (request: RequestOf<Method>, call: Call) => AsyncIterable<ResponseOf<Method>>
  : (request: RequestOf<Method>, call: Call) => Promise<ResponseOf<Method>>;

/** A handler for every RPC of a service. */
export type Handlers<Service extends ServiceDescription> = {
  readonly [Name in keyof Service["methods"]]: Handler<Service["methods"][Name]>;
};

/** A service together with what answers it; made by `service`. */
export interface Served {
  readonly definition: ServiceDescription;
  readonly handlers: Readonly<Record<string, (request: unknown, call: Call) => unknown>>;
}

/** Binds handlers to their service; the compiler checks that every RPC has one that takes and answers the right thing. */
export function service<Service extends ServiceDescription>(definition: Service, handlers: Handlers<Service>): Served {
  // A mapped type over an unresolved parameter is assignable to nothing; the bindings were checked by the signature.
  return { definition, handlers: handlers as unknown as Served["handlers"] };
}

/** The path of an RPC on the wire. */
export function pathOf(description: ServiceDescription, method: MethodDescription): string {
  return `/${description.fullName}/${method.name}`;
}
