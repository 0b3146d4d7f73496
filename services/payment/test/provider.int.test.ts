// The sandbox adapter against a real HTTP server: what is a final outcome, and what is no answer.

import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { expect } from "chai";
import type { Charge, Refund } from "../src/domain.js";
import { adaptersOf } from "../src/provider.js";
import { sandboxProvider } from "../src/sandbox.js";

const amount = { currencyCode: "USD", minorUnits: "1000" };
const charge: Charge = { orderId: "order-1", amount, cardToken: "tok_approved" };
const refund: Refund = { orderId: "order-1", amount, reference: "ch_1" };
const patient = new AbortController().signal;

interface Asked {
  readonly path: string | undefined;
  readonly key: string | string[] | undefined;
  readonly body: unknown;
}

describe("the sandbox adapter", () => {
  let server: Server;
  let url: string;
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  let asked: Asked[];

  before(async () => {
    server = createServer((request, response) => {
      void text(request).then((body) => {
        asked.push({ path: request.url, key: request.headers["idempotency-key"], body: JSON.parse(body) });
        answer(request, response);
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    asked = [];
  });
  after(() => {
    server.close();
    server.closeAllConnections();
  });

  const provider = () => sandboxProvider({ url, timeoutMillis: 200 });
  const answers = (status: number, body: string) => {
    answer = (_request, response) => response.writeHead(status).end(body);
  };
  const failure = async (call: Promise<unknown>) => {
    try {
      await call;
      return "an outcome";
    } catch (error) {
      return (error as Error).name;
    }
  };

  it("asks for a charge under its key", async () => {
    answers(200, JSON.stringify({ id: "ch_1", status: "APPROVED" }));
    const outcome = await provider().charge("charge/order-1", charge, patient);
    expect(outcome).to.deep.equal({ status: "APPROVED", reference: "ch_1" });
    const body = { order_id: "order-1", currency: "USD", amount: "1000", token: "tok_approved" };
    expect(asked).to.deep.equal([{ path: "/charges", key: "charge/order-1", body }]);
  });

  it("asks for a refund of the charge, under its own key", async () => {
    answers(200, JSON.stringify({ id: "re_1", status: "REFUNDED" }));
    const outcome = await provider().refund("refund/order-1", refund, patient);
    expect(outcome).to.deep.equal({ status: "REFUNDED", reference: "re_1" });
    const body = { order_id: "order-1", currency: "USD", amount: "1000", charge_id: "ch_1" };
    expect(asked).to.deep.equal([{ path: "/refunds", key: "refund/order-1", body }]);
  });

  for (const status of [400, 402, 404, 410, 413]) {
    it(`takes ${status} for a refusal, with what was said`, async () => {
      answers(status, JSON.stringify({ code: "card_declined", message: "no funds" }));
      const reason = "card_declined: no funds";
      expect(await provider().charge("k", charge, patient)).to.deep.equal({ status: "DECLINED", reason });
      expect(await provider().refund("k", refund, patient)).to.deep.equal({ status: "REFUSED", reason });
    });
  }

  for (const status of [401, 403, 408, 409, 422, 425, 429, 500, 502, 503, 504]) {
    it(`takes ${status} for no answer`, async () => {
      answers(status, JSON.stringify({ code: "trouble", message: "ask again" }));
      expect(await failure(provider().charge("k", charge, patient))).to.equal("Unanswered");
      expect(await failure(provider().refund("k", refund, patient))).to.equal("Unanswered");
    });
  }

  for (const [what, status, body] of [
    ["a page of a proxy", 200, "<html>hello</html>"],
    ["a page of a proxy that refuses", 404, "<html>not here</html>"],
    ["an outcome without a reference", 200, "{}"],
  ] as const) {
    it(`takes ${what} for no answer`, async () => {
      answers(status, body);
      expect(await failure(provider().charge("k", charge, patient))).to.equal("Unanswered");
    });
  }

  it("follows no redirection: the money goes where it was told to", async () => {
    answer = (_request, response) => response.writeHead(307, { location: `${url}/elsewhere` }).end();
    expect(await failure(provider().charge("k", charge, patient))).to.equal("TypeError");
    expect(asked).to.have.length(1);
  });

  it("rejects when the connection breaks, nothing listens, or nobody answers in time", async () => {
    answer = (request) => void request.socket.resetAndDestroy();
    expect(await failure(provider().charge("k", charge, patient))).to.equal("TypeError");
    const nowhere = sandboxProvider({ url: "http://127.0.0.1:9", timeoutMillis: 200 });
    expect(await failure(nowhere.charge("k", charge, patient))).to.equal("TypeError");
    answer = () => undefined;
    expect(await failure(provider().charge("k", charge, patient))).to.equal("TimeoutError");
  });

  it("rejects when the answer stops in the middle", async () => {
    answer = (request, response) => {
      response.writeHead(200, { "content-length": "100" }).write('{"id":');
      setTimeout(() => request.socket.resetAndDestroy(), 20);
    };
    expect(await failure(provider().charge("k", charge, patient))).to.equal("TypeError");
  });

  it("gives a call up when it is told to", async () => {
    answer = () => undefined;
    const controller = new AbortController();
    const call = failure(provider().charge("k", charge, controller.signal));
    controller.abort();
    expect(await call).to.equal("AbortError");
  });

  it("raises the alarm for a refund refused for good, and for nothing else", async () => {
    const alarms: string[] = [];
    const adapters = adaptersOf(provider(), ({ orderId }, reason) => alarms.push(`${orderId} ${reason}`));
    answers(200, JSON.stringify({ id: "re_1", status: "REFUNDED" }));
    await adapters.refund("refund/order-1", refund, patient);
    answers(402, JSON.stringify({ code: "card_declined", message: "no" }));
    await adapters.charge("charge/order-1", charge, patient);
    expect(alarms).to.deep.equal([]);
    answers(402, JSON.stringify({ code: "refund_refused", message: "closed" }));
    await adapters.refund("refund/order-1", refund, patient);
    expect(alarms).to.deep.equal(["order-1 refund_refused: closed"]);
  });
});
