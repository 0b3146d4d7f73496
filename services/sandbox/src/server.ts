// The provider over HTTP: charges, refunds, and the books for whoever audits them.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { z } from "zod";
import { listCharges } from "./charge.js";
import { charge, type ProviderOptions, problem, type Reply, refund } from "./provider.js";
import { listRefunds } from "./refund.js";

/** What the server tells its log of a request that it could not answer. */
export type Trouble = (error: unknown, request: string) => void;

const id = z.string().min(1).max(200);
const amount = z
  .string()
  .regex(/^[1-9]\d{0,17}$/, "minor units in digits, more than 0")
  .transform(BigInt);
const currency = z.string().regex(/^[A-Z]{3}$/, "an ISO 4217 code");
const keyHeader = z.string("the header Idempotency-Key is needed").min(1).max(255);
const longest = 16_384;
const chargeBody = z.strictObject({ order_id: id, token: z.string().max(200), currency, amount });
const refundBody = z.strictObject({ order_id: id, charge_id: id, currency, amount });
const pageQuery = z.object({
  after: z.coerce.bigint().nonnegative().default(0n),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});

type Route = (options: ProviderOptions, request: IncomingMessage, query: URLSearchParams) => Promise<Reply>;

const routes: Readonly<Record<string, Route>> = {
  "POST /charges": async (options, request) => await charge(options, keyOf(request), await bodyOf(request, chargeBody)),
  "POST /refunds": async (options, request) => await refund(options, keyOf(request), await bodyOf(request, refundBody)),
  "GET /charges": async ({ store }, _request, query) =>
    await page(query, (after, limit) => listCharges(store, after, limit)),
  "GET /refunds": async ({ store }, _request, query) =>
    await page(query, (after, limit) => listRefunds(store, after, limit)),
  "GET /health": async ({ store }) => {
    await store.knex.raw("select 1");
    return { status: 200, body: { status: "ok" } };
  },
};

/** The provider's HTTP server, not yet listening. It answers 503 when its database is not there. */
export function serveProvider(options: ProviderOptions, trouble: Trouble): Server {
  return createServer((request, response) => {
    const name = `${request.method} ${request.url}`;
    handle(options, request)
      .catch((error: unknown) => {
        if (options.signal.aborted) return "silence" as const;
        trouble(error, name);
        return problem(503, "unavailable", "ask again");
      })
      .then((reply) => send(response, reply))
      .catch((error: unknown) => trouble(error, name));
  });
}

async function handle(options: ProviderOptions, request: IncomingMessage): Promise<Reply> {
  const [path, query] = (request.url ?? "/").split("?", 2);
  const route = routes[`${request.method} ${path}`];
  if (route === undefined) return problem(404, "not_found", `there is only ${Object.keys(routes).join(", ")}`);
  try {
    return await route(options, request, new URLSearchParams(query));
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const found = error.issues.map(({ path, message }) => [...path, message].join(": "));
    return problem(400, "malformed", found.join("; "));
  }
}

function keyOf({ headers }: IncomingMessage): string {
  return keyHeader.parse(headers["idempotency-key"]);
}

async function bodyOf<Body>(request: IncomingMessage, body: z.ZodType<Body>): Promise<Body> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) {
    text += String(chunk);
    if (text.length > longest) return body.parse("too long");
  }
  return body.parse(parsed(text));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function page<Row extends { readonly number: bigint }>(
  query: URLSearchParams,
  read: (after: bigint, limit: number) => Promise<readonly Row[]>,
): Promise<Reply> {
  const { after, limit } = pageQuery.parse(Object.fromEntries(query));
  const rows = await read(after, limit);
  const last = rows.length === limit ? rows.at(-1) : undefined;
  return { status: 200, body: { rows, next: last?.number ?? null } };
}

function send(response: ServerResponse, reply: Reply): void {
  if (reply === "silence") {
    response.socket?.resetAndDestroy();
    return;
  }
  const text = JSON.stringify(reply.body, (_name, value: unknown) => (typeof value === "bigint" ? `${value}` : value));
  response.writeHead(reply.status, { "content-type": "application/json" }).end(`${text}\n`);
}
