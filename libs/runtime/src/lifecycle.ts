// The life of a process: starts not ready, becomes ready, and ends in order when asked to.
import { z } from "zod";
import { type Admin, type Probe, serveAdmin } from "./admin.js";
import { port, readConfig, seconds, type Values, type Variables } from "./config.js";
import { levels, type Log, makeLog } from "./log.js";
import { startTelemetry } from "./telemetry.js";
import { explain } from "./trouble.js";

/** What `main` gets to build a service on. */
export interface App<Config = unknown> {
  readonly name: string;
  readonly log: Log;
  readonly config: Config;
  /** Where /livez, /readyz and /metrics are. */
  readonly adminPort: number;
  /** Called once everything has started, for example to turn the gRPC health to SERVING. */
  onReady(hook: () => void): void;
  /** Called when the process is asked to end; the last registered first, each after the one before has finished. */
  onStop(name: string, hook: () => void | Promise<void>): void;
  /** Something /readyz asks about; it throws when that is not there. */
  check(name: string, probe: Probe): void;
}

/** The variables every process understands. */
const common = {
  ADMIN_PORT: port().default(0).describe("a free port for /livez, /readyz and /metrics; 0 takes any"),
  LOG_LEVEL: z
    .enum(levels)
    .default("info")
    .describe(`one of ${levels.join(", ")}`),
  STOP_SECONDS: seconds().default(25_000).describe("the seconds that an orderly end may take"),
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url().optional().describe("the url of an OTLP collector (HTTP), or leave it out"),
};
type Common = Values<typeof common>;

/**
 * Runs a process: reads its configuration, starts log, telemetry and admin HTTP, calls `main`, and is ready when that
 * resolves. SIGTERM and SIGINT end it in order with exit code 0. What fails at start ends it with exit code 1 and a
 * message that says what to do.
 */
export function run<Shape extends Variables>(
  name: string,
  variables: Shape,
  main: (app: App<Values<Shape>>) => Promise<void>,
): void {
  let log = makeLog({ service: name });
  const start = async () => {
    // Read together, so that all problems are reported at once.
    const config = readConfig({ ...common, ...variables }) as Values<Shape> & Common;
    log = makeLog({ service: name, level: config.LOG_LEVEL });
    await live(name, config, log, main);
  };
  process.on("uncaughtException", (error) => {
    log.fatal({ err: error }, "an error nobody caught; the process ends");
    process.exit(1);
  });
  start().catch((error: unknown) => {
    const expected = explain(error);
    if (expected === undefined) log.fatal({ err: error }, `${name} cannot start`);
    else log.fatal(`${name} cannot start: ${expected}`);
    process.exit(1);
  });
}

async function live<Config extends Common>(
  name: string,
  config: Config,
  log: Log,
  main: (app: App<Config>) => Promise<void>,
): Promise<void> {
  const endpoint = config.OTEL_EXPORTER_OTLP_ENDPOINT;
  const telemetry = await startTelemetry({ service: name, exportSpans: endpoint !== undefined });
  const admin = await serveAdmin(config.ADMIN_PORT, telemetry.scrape);
  const ending = new Ending(admin, log, config.STOP_SECONDS);
  ending.onStop("telemetry", telemetry.stop);
  ending.onStop("admin", admin.close);
  ending.listen();
  const ready: (() => void)[] = [];
  const app: App<Config> = {
    name,
    log,
    config,
    adminPort: admin.port,
    onReady: (hook) => ready.push(hook),
    onStop: (part, hook) => ending.onStop(part, hook),
    check: admin.addProbe,
  };
  try {
    await main(app);
  } catch (error) {
    // Asked to end in the middle of starting: what main needed was taken from it, and that is no failure.
    if (!ending.begun) throw error;
  }
  if (ending.begun) return;
  for (const hook of ready) hook();
  admin.setReady(true);
  log.info({ admin_port: admin.port }, "ready");
}

/** The orderly end of a process. */
class Ending {
  begun = false;
  readonly #hooks: (readonly [name: string, hook: () => void | Promise<void>])[] = [];
  readonly #admin: Admin;
  readonly #log: Log;
  readonly #deadline: number;

  constructor(admin: Admin, log: Log, deadline: number) {
    this.#admin = admin;
    this.#log = log;
    this.#deadline = deadline;
  }

  onStop(name: string, hook: () => void | Promise<void>): void {
    this.#hooks.push([name, hook]);
  }

  listen(): void {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => this.#begin(signal));
    // Whoever started us with a channel has died: nobody else will ask us to end.
    process.on("disconnect", () => this.#begin("the parent is gone"));
  }

  #begin(reason: string): void {
    if (this.begun) return;
    this.begun = true;
    this.#log.info({ reason }, "stopping");
    this.#admin.setReady(false);
    void this.#stop().then((code) => process.exit(code));
  }

  async #stop(): Promise<number> {
    let code = 0;
    let waiting = "";
    const timer = setTimeout(() => {
      this.#log.error(`${waiting} did not stop within ${this.#deadline / 1_000} s; the process ends without it`);
      process.exit(1);
    }, this.#deadline);
    for (const [name, hook] of this.#hooks.toReversed()) {
      waiting = name;
      try {
        await hook();
      } catch (error) {
        this.#log.error({ err: error }, `${name} did not stop cleanly`);
        code = 1;
      }
    }
    clearTimeout(timer);
    this.#log.info("stopped");
    return code;
  }
}
