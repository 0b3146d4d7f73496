// A gRPC server with health, reflection and an orderly end.
import { Server, ServerCredentials, type ServiceDefinition, type UntypedServiceImplementation } from "@grpc/grpc-js";
import { rules as ourRules, type Rules } from "@pavane/contracts";
import { HealthImplementation, type ServingStatusMap } from "grpc-health-check";
import { type Answered, type Environment, type Log, routeOf, streaming, unary } from "./answer.js";
import { pathOf, type Served } from "./description.js";
import { reflection } from "./reflection.js";

/** What a server serves, and how. */
export interface ServeOptions {
  /** 0 takes any free port. */
  readonly port: number;
  /** The address to listen on; by default all. */
  readonly host?: string;
  readonly services: readonly Served[];
  /** Told of every call that is answered INTERNAL, with its cause. */
  readonly log: Log;
  /** The rules and descriptors of the services' protos; by default those of @pavane/contracts. */
  readonly rules?: Rules;
  /** Milliseconds a call may take when its caller sets no deadline; by default 30,000. */
  readonly defaultDeadline?: number;
  /** By default the server speaks plain text. */
  readonly credentials?: ServerCredentials;
  /** Told of every call that ended, for metrics. */
  readonly onAnswered?: (call: Answered) => void;
}

/** A server that runs. */
export interface RunningServer {
  readonly port: number;
  /** Answers health checks with SERVING or NOT_SERVING; a server starts NOT_SERVING. */
  setServing(serving: boolean): void;
  /** Refuses new calls with UNAVAILABLE, waits for the running ones at most so many milliseconds, and closes. */
  stop(deadline: number): Promise<void>;
}

/** Starts a server. It answers calls at once, but health checks with NOT_SERVING. Rejects when it cannot listen. */
export async function serveGrpc(options: ServeOptions): Promise<RunningServer> {
  const environment = environmentOf(options);
  const { services, rules = ourRules } = options;
  // Channelz keeps statistics that nobody reads, for a twentieth of the cost of a call.
  const server = new Server({ "grpc.enable_channelz": 0 });
  for (const served of services) {
    const { definition, implementation } = bind(environment, served);
    server.addService(definition, implementation);
  }
  const names = services.map(({ definition }) => definition.fullName);
  const health = new HealthImplementation(serving(names, "NOT_SERVING"));
  health.addToServer(server);
  for (const { definition, implementation } of reflection(names, rules.registry)) {
    server.addService(definition, implementation);
  }
  const port = await listen(server, options);
  rules.warmUp(requestNames(rules, names));
  const setServing = (value: boolean): void => {
    for (const [name, state] of Object.entries(serving(names, value ? "SERVING" : "NOT_SERVING"))) {
      health.setStatus(name, state);
    }
  };
  return { port, setServing, stop: (deadline) => stop(server, environment, setServing, deadline) };
}

function environmentOf({ rules = ourRules, log, defaultDeadline = 30_000, onAnswered }: ServeOptions): Environment {
  return { rules, log, defaultDeadline, onAnswered, draining: false, running: 0 };
}

function serving(names: readonly string[], state: "SERVING" | "NOT_SERVING"): ServingStatusMap {
  return Object.fromEntries(["", ...names].map((name) => [name, state]));
}

function requestNames(rules: Rules, names: readonly string[]): readonly string[] {
  const methods = names.flatMap((name) => rules.registry.getService(name)?.methods ?? []);
  return methods.map((method) => method.input.typeName);
}

const identity = {
  serialize: (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  deserialize: (bytes: Buffer): Buffer => bytes,
};

function bind(
  environment: Environment,
  served: Served,
): { definition: ServiceDefinition; implementation: UntypedServiceImplementation } {
  const routes = Object.entries(served.definition.methods).map(([key, method]) => {
    const route = routeOf(environment, served, key);
    const definition = {
      path: pathOf(served.definition, method),
      requestStream: method.requestStream,
      responseStream: method.responseStream,
      requestSerialize: identity.serialize,
      requestDeserialize: identity.deserialize,
      responseSerialize: identity.serialize,
      responseDeserialize: identity.deserialize,
    };
    return { key, definition, handler: method.responseStream ? streaming(route) : unary(route) };
  });
  return {
    definition: Object.fromEntries(routes.map(({ key, definition }) => [key, definition])),
    implementation: Object.fromEntries(routes.map(({ key, handler }) => [key, handler])),
  };
}

function listen(server: Server, { host = "0.0.0.0", port, credentials }: ServeOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(`${host}:${port}`, credentials ?? ServerCredentials.createInsecure(), (error, bound) => {
      if (error) reject(new Error(`cannot listen on ${host}:${port}: is the port taken?`, { cause: error }));
      else resolve(bound);
    });
  });
}

async function stop(
  server: Server,
  environment: Environment,
  setServing: (value: boolean) => void,
  deadline: number,
): Promise<void> {
  environment.draining = true;
  setServing(false);
  const until = Date.now() + deadline;
  while (environment.running > 0 && Date.now() < until) await pause(10);
  const closed = new Promise<void>((resolve) => {
    server.tryShutdown(() => resolve());
  });
  // What still holds a connection now is a health watch, a reflection stream or a call past the deadline.
  await Promise.race([closed, pause(200)]);
  server.forceShutdown();
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}
