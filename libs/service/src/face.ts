// The face of a service: a gRPC definition whose every RPC is a command or a query, checked by the compiler.

import type { Command, Engine, ServiceDefinition } from "@pavane/choreography";
import { type Call, type Handlers, type Served, type ServiceDescription, unavailable } from "@pavane/rpc";
import { isConnectionTrouble, type Store } from "@pavane/store";

/** The commands a definition may have: each takes and answers what its RPC does. */
export type CommandsOf<Description extends ServiceDescription> = {
  readonly [Method in keyof Handlers<Description>]?: Handlers<Description>[Method] extends (
    request: infer Request,
    call: Call,
  ) => Promise<infer Response>
    ? Command<Request, Response>
    : never;
};

type AnyHandler = (request: unknown, call: Call) => Promise<unknown>;

/** A service's RPCs, before there is a database or an engine. */
export interface Face {
  served(definition: ServiceDefinition, engine: Engine, store: Store): Served;
}

/**
 * Binds a gRPC definition to its commands, which go through the engine, and its queries, which read the database.
 * The compiler refuses an RPC that is neither, and one that takes or answers the wrong thing.
 */
export function face<Description extends ServiceDescription, Commands extends CommandsOf<Description>>(
  description: Description,
  commands: Commands,
  queries: (store: Store) => Omit<Handlers<Description>, keyof Commands>,
): Face {
  return {
    served: (definition, engine, store) => {
      for (const name of Object.keys(commands)) {
        if (!definition.commands.has(name)) throw new TypeError(`${definition.name} does not declare command ${name}`);
      }
      const asked = Object.keys(commands).map((name): [string, AnyHandler] => [name, command(name, engine)]);
      const read = Object.entries(queries(store) as Readonly<Record<string, AnyHandler>>);
      const handlers = Object.fromEntries([...asked, ...read].map(([name, handler]) => [name, awake(handler)]));
      return { definition: description, handlers };
    },
  };
}

function command(name: string, engine: Engine): AnyHandler {
  return async (request, { actor, traceparent }) => await engine.execute(name, request, { actor, traceparent });
}

// Trouble with the database is told as such, and the caller may ask again with the same ids.
function awake(handler: AnyHandler): AnyHandler {
  return async (request, call) => {
    try {
      return await handler(request, call);
    } catch (error) {
      throw isConnectionTrouble(error) ? unavailable(error, "the database cannot be reached; ask again") : error;
    }
  };
}
