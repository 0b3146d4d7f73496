// The sandbox through its own door: every token, durable keys, racing requests, and the books.

import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { openStore } from "@pavane/store";
import { database, type Database, eventually } from "@pavane/testkit";
import { expect } from "chai";
import { openSandbox, type Sandbox } from "../src/index.js";
import { serveProvider } from "../src/server.js";

interface Answer {
  readonly status: number;
  readonly body: { readonly id?: string; readonly status?: string; readonly code?: string; readonly message?: string };
}

interface Book {
  readonly rows: readonly { readonly number: string; readonly key: string; readonly status: string; id: string }[];
  readonly next: string | null;
}

const slowMillis = 300;

describe("the sandbox provider", () => {
  let base: Database;
  let sandbox: Sandbox;
  let url: string;
  let serial = 0;
  const troubles: unknown[] = [];

  async function open(): Promise<void> {
    sandbox = await openSandbox({ databaseUrl: base.url, slowMillis, trouble: (error) => troubles.push(error) });
    sandbox.server.listen(0, "127.0.0.1");
    await once(sandbox.server, "listening");
    url = `http://127.0.0.1:${(sandbox.server.address() as AddressInfo).port}`;
  }

  before(async () => {
    base = await database();
    await open();
  });
  after(async () => {
    await sandbox.close();
    await base.drop();
    expect(troubles).to.deep.equal([]);
  });

  async function post(path: string, key: string | undefined, body: unknown): Promise<Answer> {
    const headers = key === undefined ? {} : { "Idempotency-Key": key };
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const response = await fetch(url + path, { method: "POST", headers, body: text });
    return { status: response.status, body: (await response.json()) as Answer["body"] };
  }

  async function book(path: string): Promise<Book> {
    return (await (await fetch(url + path)).json()) as Book;
  }

  const newKey = () => `charge/order-${++serial}`;
  const request = (token: string) => ({ order_id: "order", token, currency: "USD", amount: "1000" });
  const charge = (token: string, key = newKey()) => post("/charges", key, request(token));
  const refund = (charge_id: string | undefined, key = newKey(), changes = {}) =>
    post("/refunds", key, { order_id: "order", charge_id, currency: "USD", amount: "1000", ...changes });
  const kept = async (key: string) => (await book("/charges?limit=1000")).rows.filter((row) => row.key === key);

  async function silenceOf(answer: Promise<unknown>): Promise<string> {
    return await answer.then(
      () => "answered",
      () => "silence",
    );
  }

  it("approves, and repeats what it decided under a key", async () => {
    const key = newKey();
    const first = await charge("tok_approved", key);
    expect(first).to.deep.include({ status: 200 });
    expect(first.body.status).to.equal("APPROVED");
    expect(await charge("tok_approved", key)).to.deep.equal(first);
    expect(await kept(key)).to.have.length(1);
  });

  for (const [token, code] of [
    ["tok_declined", "card_declined"],
    ["tok_nobody_knows", "unknown_token"],
    ["", "unknown_token"],
  ] as const) {
    it(`refuses ${JSON.stringify(token)} for good: ${code}`, async () => {
      const key = newKey();
      for (const answer of [await charge(token, key), await charge(token, key)]) {
        expect(answer.status).to.equal(402);
        expect(answer.body.code).to.equal(code);
      }
    });
  }

  it("gives twenty racing requests under one key one outcome", async () => {
    const key = newKey();
    const answers = await Promise.all(Array.from({ length: 20 }, () => charge("tok_slow", key)));
    expect(new Set(answers.map(({ body }) => body.id)).size).to.equal(1);
    expect(answers.every(({ status }) => status === 200)).to.equal(true);
    expect(await kept(key)).to.have.length(1);
  });

  it("refuses a key that comes with another request, and keeps the first", async () => {
    const key = newKey();
    const first = await charge("tok_approved", key);
    const other = await post("/charges", key, { ...request("tok_approved"), amount: "1001" });
    expect(other.status).to.equal(422);
    expect(other.body.code).to.equal("key_reused");
    expect(await charge("tok_approved", key)).to.deep.equal(first);
  });

  it("takes its time for tok_slow, and not again once it has decided", async () => {
    const key = newKey();
    const start = performance.now();
    const first = await charge("tok_slow", key);
    const decided = performance.now();
    expect(decided - start).to.be.greaterThan(slowMillis - 5);
    expect(await charge("tok_slow", key)).to.deep.equal(first);
    expect(performance.now() - decided).to.be.lessThan(slowMillis);
  });

  it("answers the first request for tok_flaky 500, and then approves", async () => {
    const key = newKey();
    expect(await charge("tok_flaky", key)).to.deep.include({ status: 500 });
    expect(await kept(key)).to.have.nested.property("[0].status", "OPEN");
    expect((await charge("tok_flaky", key)).body.status).to.equal("APPROVED");
  });

  it("charges tok_silent at its first request, and answers only the fourth", async () => {
    const key = newKey();
    expect(await silenceOf(charge("tok_silent", key))).to.equal("silence");
    const [row] = await kept(key);
    expect(row?.status).to.equal("APPROVED");
    expect(await silenceOf(charge("tok_silent", key))).to.equal("silence");
    expect(await silenceOf(charge("tok_silent", key))).to.equal("silence");
    expect((await charge("tok_silent", key)).body).to.deep.equal({ id: row?.id, status: "APPROVED" });
  });

  it("charges tok_crash_after_charge without an answer, and repeats it when asked again", async () => {
    const key = newKey();
    expect(await silenceOf(charge("tok_crash_after_charge", key))).to.equal("silence");
    const [row] = await kept(key);
    expect((await charge("tok_crash_after_charge", key)).body).to.deep.equal({ id: row?.id, status: "APPROVED" });
  });

  it("remembers its keys when it comes back, and counts on", async () => {
    const [key, silent] = [newKey(), newKey()];
    const first = await charge("tok_approved", key);
    expect(await silenceOf(charge("tok_silent", silent))).to.equal("silence");
    await sandbox.close();
    await open();
    expect(await charge("tok_approved", key)).to.deep.equal(first);
    for (const expected of ["silence", "silence", "answered"]) {
      expect(await silenceOf(charge("tok_silent", silent))).to.equal(expected);
    }
  });

  it("leaves a slow charge open when it is stopped, and decides it when it comes back", async () => {
    const key = newKey();
    const asked = silenceOf(charge("tok_slow", key));
    await eventually(async () => (await kept(key)).length > 0);
    await sandbox.close();
    expect(await asked).to.equal("silence");
    await open();
    expect((await charge("tok_slow", key)).body.status).to.equal("APPROVED");
  });

  it("gives back what it charged, once, whatever the keys", async () => {
    const { body } = await charge("tok_approved");
    const key = newKey();
    const racing = await Promise.all([refund(body.id, key), refund(body.id, key), refund(body.id), refund(body.id)]);
    const done = racing.filter(({ status }) => status === 200);
    expect(new Set(done.map((answer) => answer.body.id)).size).to.equal(1);
    expect((await refund(body.id)).body.code).to.equal("exceeds_charge");
  });

  it("gives back in parts, up to what it charged", async () => {
    const { body } = await charge("tok_approved");
    expect((await refund(body.id, newKey(), { amount: "400" })).status).to.equal(200);
    expect((await refund(body.id, newKey(), { amount: "601" })).body.code).to.equal("exceeds_charge");
    expect((await refund(body.id, newKey(), { amount: "600" })).status).to.equal(200);
  });

  it("refuses a refund of what it never charged", async () => {
    expect((await refund("ch_none")).body.code).to.equal("unknown_charge");
    const key = newKey();
    await charge("tok_declined", key);
    expect((await refund((await kept(key))[0]?.id)).body.code).to.equal("unknown_charge");
    const { body } = await charge("tok_approved");
    expect((await refund(body.id, newKey(), { currency: "EUR" })).body.code).to.equal("wrong_currency");
  });

  it("refuses refunds of tok_refund_refused, and forgets to answer those of tok_refund_silent", async () => {
    const refused = await charge("tok_refund_refused");
    expect(refused.body.status).to.equal("APPROVED");
    expect((await refund(refused.body.id)).body.code).to.equal("refund_refused");
    const silent = await charge("tok_refund_silent");
    const key = newKey();
    for (const expected of ["silence", "silence", "silence", "answered"]) {
      expect(await silenceOf(refund(silent.body.id, key))).to.equal(expected);
    }
    expect((await book("/refunds?limit=1000")).rows.filter((row) => row.key === key)).to.have.length(1);
  });

  for (const [what, key, body] of [
    ["no key", undefined, request("tok_approved")],
    ["no JSON", "k", "{"],
    ["an amount of zero", "k", { ...request("tok_approved"), amount: "0" }],
    ["an amount as a number", "k", { ...request("tok_approved"), amount: 1000 }],
    ["no currency", "k", { ...request("tok_approved"), currency: "usd" }],
    ["a field nobody knows", "k", { ...request("tok_approved"), tip: "1" }],
    ["too long a body", "k", { ...request("x".repeat(20_000)) }],
  ] as const) {
    it(`answers 400 to ${what}`, async () => {
      const { status, body: said } = await post("/charges", key, body);
      expect(status).to.equal(400);
      expect(said.code).to.equal("malformed");
    });
  }

  it("shows every charge and refund, page by page", async () => {
    for (const path of ["/charges", "/refunds"]) {
      const whole = (await book(`${path}?limit=1000`)).rows;
      const found: string[] = [];
      for (let after: string | null = "0"; after !== null; ) {
        const page: Book = await book(`${path}?limit=3&after=${after}`);
        found.push(...page.rows.map(({ key }) => key));
        after = page.next;
      }
      expect(whole.length).to.be.greaterThan(3);
      expect(found).to.deep.equal(whole.map(({ key }) => key));
    }
  });

  it("says what there is to whoever asks for something else", async () => {
    expect((await post("/tips", "k", {})).status).to.equal(404);
    expect((await fetch(`${url}/health`)).status).to.equal(200);
    expect((await fetch(`${url}/charges?limit=0`)).status).to.equal(400);
    expect((await fetch(`${url}//`)).status).to.equal(404);
  });

  it("answers 503 while its database is gone, and says so to its log", async () => {
    const store = openStore({ url: base.url, applicationName: "gone" });
    await store.close();
    const said: string[] = [];
    const options = { store, slowMillis, signal: new AbortController().signal };
    const server = serveProvider(options, (_error, name) => said.push(name)).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    expect((await fetch(`http://127.0.0.1:${port}/health`)).status).to.equal(503);
    expect(said).to.deep.equal(["GET /health"]);
    server.close();
    server.closeAllConnections();
  });
});
