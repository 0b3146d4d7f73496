// The whole system on this machine: Postgres, NATS and every service as a process of its own.
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { ensureDatabases } from "./database.js";
import { kept, root } from "./paths.js";
import { freePorts } from "./port.js";
import { Replica } from "./replica.js";
import { assignSeats, peers } from "./seats.js";
import { givenServer, ourNats, ourPostgres, type Server } from "./servers.js";
import { removeState, type ServiceState, type StackState, writeState } from "./state.js";
import { Trouble } from "./trouble.js";

/** What to start. Everything has a default; nothing is read from the environment. */
export interface StackOptions {
  /** Where data, logs and stack.json are kept; `.pavane` of the checkout by default. */
  readonly dir?: string;
  /** The services to start; all of them by default. */
  readonly services?: readonly string[];
  /** Processes for each service: one number for all, or by name (1 where not named). */
  readonly replicas?: number | Readonly<Record<string, number>>;
  /** Variables for all services, and on top of them for one. */
  readonly env?: Readonly<Record<string, string>>;
  readonly envOf?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Flags of Node for one service. */
  readonly flagsOf?: Readonly<Record<string, readonly string[]>>;
  /** A Postgres superuser and a NATS that run already; ours otherwise. */
  readonly databaseUrl?: string | undefined;
  readonly natsUrl?: string | undefined;
  /** Names subjects, streams, databases and roles; "pavane" by default. */
  readonly namespace?: string;
  /** Take the ports that people know, where they are free; any free ports by default. */
  readonly knownPorts?: boolean;
  /** Told what happens. */
  readonly say?: (line: string) => void;
}

/** A running system. */
export interface Stack {
  readonly postgres: Server;
  readonly nats: Server;
  /** Where everything is now, as in stack.json. */
  state(): StackState;
  /** host:port of a process's gRPC server. */
  address(service: string, replica?: number): string;
  /** kill -9 of one process. */
  kill(service: string, replica?: number): Promise<void>;
  /** An orderly end of one process, or of all of a service. Answers false when one had to be killed. */
  stop(service: string, replica?: number): Promise<boolean>;
  /** Starts what was stopped or killed again, and waits until it is ready. */
  start(service: string, replica?: number): Promise<void>;
  /** Ends everything: services, then NATS, then Postgres. What was kept stays. */
  close(): Promise<void>;
}

/** In the order in which people read them, and in which they get their ports. */
const order = ["order", "user", "inventory", "item", "shipping", "payment", "notification", "sandbox", "saga"];

/** Every service of the checkout that has been built. */
export function allServices(): string[] {
  const found = readdirSync(join(root, "services")).filter((name) =>
    existsSync(join(root, "services", name, "dist/src/main.js")),
  );
  return [...order.filter((name) => found.includes(name)), ...found.filter((name) => !order.includes(name)).sort()];
}

/** Starts everything and resolves when every process is ready; whatever fails ends what was started. */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const dir = options.dir ?? kept;
  mkdirSync(join(dir, "logs"), { recursive: true });
  const say = options.say ?? (() => undefined);
  const stack = new Running(dir, options, say);
  try {
    await stack.open();
  } catch (error) {
    await stack.close();
    throw error;
  }
  return stack;
}

class Running implements Stack {
  readonly #dir: string;
  readonly #options: StackOptions;
  readonly #say: (line: string) => void;
  readonly #replicas = new Map<string, Replica[]>();
  readonly #started = new Date().toISOString();
  #postgres: Server | undefined;
  #nats: Server | undefined;
  #urls = new Map<string, string>();
  #open = false;
  readonly #namespace: string;

  constructor(dir: string, options: StackOptions, say: (line: string) => void) {
    this.#dir = dir;
    this.#options = options;
    this.#say = say;
    this.#namespace = options.namespace ?? "pavane";
  }

  get postgres(): Server {
    return present(this.#postgres, "Postgres");
  }

  get nats(): Server {
    return present(this.#nats, "NATS");
  }

  async open(): Promise<void> {
    const { databaseUrl, natsUrl, knownPorts, services = allServices() } = this.#options;
    const [postgresPort = 0, natsPort = 0] = await freePorts(knownPorts ? [7432, 7422] : [0, 0]);
    this.#postgres = databaseUrl
      ? givenServer("Postgres", databaseUrl)
      : await ourPostgres(join(this.#dir, "postgres"), postgresPort);
    this.#say(`Postgres      ${shownUrl(this.postgres.url)}`);
    this.#nats = natsUrl ? givenServer("NATS", natsUrl) : await ourNats(join(this.#dir, "nats"), natsPort, this.#say);
    this.#say(`NATS          ${shownUrl(this.nats.url)}`);
    this.#urls = await ensureDatabases(this.postgres.url, this.#namespace, services);
    await this.#prepare(services);
    await Promise.all([...this.#replicas.values()].flat().map((replica) => replica.start()));
    this.#open = true;
    for (const [service, replicas] of this.#replicas) {
      for (const { state } of replicas) this.#say(`${service.padEnd(14)}${state.http ?? state.grpc}`);
    }
    this.#keep();
  }

  state(): StackState {
    const services: Record<string, ServiceState> = {};
    for (const [service, replicas] of this.#replicas) {
      const databaseUrl = this.#urls.get(service) ?? "";
      services[service] = { databaseUrl, replicas: replicas.map(({ state }) => state) };
    }
    const { pid } = process;
    const [postgres, nats] = [this.postgres.url, this.nats.url];
    return { pid, started: this.#started, namespace: this.#namespace, postgres, nats, services };
  }

  address(service: string, replica = 0): string {
    return this.#replica(service, replica).state.grpc;
  }

  async kill(service: string, replica = 0): Promise<void> {
    await this.#replica(service, replica).kill();
    this.#keep();
  }

  async stop(service: string, replica?: number): Promise<boolean> {
    const polite = await Promise.all(this.#some(service, replica).map((one) => one.stop()));
    this.#keep();
    return polite.every(Boolean);
  }

  async start(service: string, replica?: number): Promise<void> {
    await Promise.all(this.#some(service, replica).map((one) => one.start()));
    this.#keep();
  }

  async close(): Promise<void> {
    this.#open = false;
    const all = [...this.#replicas];
    const stop = (replicas: Replica[]) => Promise.all(replicas.map((replica) => replica.stop()));
    // The provider last: payment may be in the middle of a call to it.
    await Promise.all(all.filter(([name]) => name !== "sandbox").map(([, replicas]) => stop(replicas)));
    await Promise.all(all.filter(([name]) => name === "sandbox").map(([, replicas]) => stop(replicas)));
    if (this.#nats?.ours) await this.#nats.stop().catch(notRunning);
    if (this.#postgres?.ours) await this.#postgres.stop().catch(notRunning);
    removeState(this.#dir);
  }

  /** Gives every process its ports and its environment; they are the same each time it is started. */
  async #prepare(services: readonly string[]): Promise<void> {
    const { env, envOf, flagsOf, knownPorts = false } = this.#options;
    const seats = await assignSeats(services, (service) => this.#count(service), knownPorts);
    const common = { ...peers(seats), NATS_URL: this.nats.url, NAMESPACE: this.#namespace, ...env };
    for (const { service, index, ports } of seats) {
      const own = { DATABASE_URL: this.#urls.get(service) ?? "", ...envOf?.[service] };
      const logs = join(this.#dir, "logs");
      const onCrash = (message: string) => this.#open && this.#say(message);
      const flags = flagsOf?.[service] ?? [];
      const replica = new Replica({ service, index, ports, env: { ...common, ...own }, flags, logs, onCrash });
      this.#replicas.set(service, [...(this.#replicas.get(service) ?? []), replica]);
    }
  }

  #count(service: string): number {
    const { replicas = 1 } = this.#options;
    return typeof replicas === "number" ? replicas : (replicas[service] ?? 1);
  }

  #some(service: string, replica?: number): Replica[] {
    if (replica !== undefined) return [this.#replica(service, replica)];
    return present(this.#replicas.get(service), service);
  }

  #replica(service: string, index: number): Replica {
    return present(this.#replicas.get(service)?.[index], `${service} ${index}`);
  }

  #keep(): void {
    writeState(this.state(), this.#dir);
  }
}

function present<Value>(value: Value | undefined, name: string): Value {
  if (value === undefined) throw new Trouble(`${name} is not part of this stack.`);
  return value;
}

/** A test may have stopped a server and left it so. */
function notRunning(error: unknown): void {
  if (!(error instanceof Trouble)) throw error;
}

function shownUrl(url: string): string {
  return url.replace(/\/\/[^/@]*@/, "//");
}
