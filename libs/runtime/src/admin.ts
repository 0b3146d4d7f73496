// The admin HTTP server of a process: is it alive, is it ready, how is it doing.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

/** Throws when something the process needs is not there. */
export type Probe = () => void | Promise<void>;

/** The running admin server. */
export interface Admin {
  readonly port: number;
  /** Answers /readyz with 200 only while set, and only if every probe passes. */
  setReady(ready: boolean): void;
  addProbe(name: string, probe: Probe): void;
  close(): Promise<void>;
}

type Scrape = (request: IncomingMessage, response: ServerResponse) => void;

const probeDeadline = 2_000;

/** Listens on `port` (0: any free one) with /livez, /readyz and /metrics. */
export async function serveAdmin(port: number, scrape: Scrape): Promise<Admin> {
  let ready = false;
  const probes = new Map<string, Probe>();
  const routes: Readonly<Record<string, Scrape>> = {
    "/livez": (_request, response) => answer(response, 200, { status: "ok" }),
    "/readyz": (_request, response) => void readiness(ready, probes).then((state) => answer(response, ...state)),
    "/metrics": scrape,
  };
  const server = createServer((request, response) => {
    const route = routes[(request.url ?? "").split("?")[0] ?? ""];
    if (!route) answer(response, 404, { error: `try ${Object.keys(routes).join(", ")}` });
    else if (request.method !== "GET" && request.method !== "HEAD") answer(response, 405, { error: "only GET" });
    else route(request, response);
  });
  await listen(server, port);
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : port,
    setReady: (value) => {
      ready = value;
    },
    addProbe: (name, probe) => {
      probes.set(name, probe);
    },
    close: () => close(server),
  };
}

type State = [status: number, body: object];

async function readiness(ready: boolean, probes: ReadonlyMap<string, Probe>): Promise<State> {
  if (!ready) return [503, { status: "not ready" }];
  const found = await Promise.all([...probes].map(async ([name, probe]) => [name, await tried(probe)] as const));
  const good = found.every(([, state]) => state === "ok");
  return [good ? 200 : 503, { status: good ? "ok" : "not ready", checks: Object.fromEntries(found) }];
}

async function tried(probe: Probe): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((done) => {
    timer = setTimeout(() => done(`no answer within ${probeDeadline} ms`), probeDeadline);
  });
  try {
    return await Promise.race([Promise.resolve(probe()).then(() => "ok"), late]);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    clearTimeout(timer);
  }
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(`${JSON.stringify(body)}\n`);
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((done, failed) => {
    server.once("error", failed);
    server.listen(port, () => {
      server.off("error", failed);
      done();
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((done) => {
    server.close(() => done());
    server.closeAllConnections();
  });
}
