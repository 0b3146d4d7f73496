import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { byWebhook } from "../src/webhook.js";
import { letter, patiently } from "./given.js";

interface Post {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

describe("a webhook", () => {
  const posts: Post[] = [];
  let server: Server;
  let recipient: string;

  /** Answers /status/<code> with that code, and nothing at all to /silent. */
  before(async () => {
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        posts.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
        if (request.url === "/silent") return;
        if (request.url === "/status/302") response.setHeader("location", "/status/200");
        response.statusCode = Number(request.url?.split("/").at(-1));
        response.end("whatever");
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    recipient = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => posts.splice(0));
  after(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });

  const deliver = (path: string, secret?: string, signal = patiently) =>
    byWebhook({ secret })("notify/0197-a-webhook", letter({ recipient: recipient + path }), signal);
  const trouble = async (delivering: Promise<unknown>): Promise<string> =>
    delivering.then(
      (done) => `no error: ${JSON.stringify(done)}`,
      (error: Error) => `${error.name} ${error.message}`,
    );

  it("gets the notification under an idempotency key", async () => {
    expect(await deliver("/status/204")).to.deep.equal({ status: "SENT" });
    const [post] = posts;
    expect(post?.headers).to.include({
      "content-type": "application/json",
      "idempotency-key": "notify/0197-a-webhook",
    });
    expect(post?.headers).not.to.have.property("webhook-signature");
    const { notificationId, userId, orderId, subject, body, since } = letter();
    expect(JSON.parse(post?.body ?? "")).to.deep.equal({
      type: "order.completed",
      timestamp: since,
      data: { notificationId, userId, orderId, subject, body },
    });
  });

  for (const secret of ["hush", `whsec_${Buffer.from("hush").toString("base64")}`]) {
    it(`can check who posted, with the secret ${secret}`, async () => {
      await deliver("/status/200", secret);
      const { headers, body } = posts[0] ?? { headers: {}, body: "" };
      const content = `${String(headers["webhook-id"])}.${String(headers["webhook-timestamp"])}.${body}`;
      const expected = createHmac("sha256", "hush").update(content).digest("base64");
      expect(headers["webhook-signature"]).to.equal(`v1,${expected}`);
      expect(Math.abs(Date.now() / 1000 - Number(headers["webhook-timestamp"]))).to.be.lessThan(60);
    });
  }

  for (const status of [400, 401, 404, 410, 422, 302]) {
    it(`that answers ${status} has refused for good`, async () => {
      const failure = `the webhook answered ${status}`;
      expect(await deliver(`/status/${status}`)).to.deep.equal({ status: "FAILED", failure });
      expect(posts, "redirects are not followed").to.have.lengthOf(1);
    });
  }

  for (const status of [408, 425, 429, 500, 502, 503]) {
    it(`that answers ${status} is asked again`, async () => {
      expect(await trouble(deliver(`/status/${status}`))).to.equal(`Error the webhook answered ${status}`);
    });
  }

  it("that does not answer is asked again", async () => {
    expect(await trouble(deliver("/silent", undefined, AbortSignal.timeout(50)))).to.match(/^TimeoutError/);
    const nobody = byWebhook({ secret: undefined })("k", letter({ recipient: "http://127.0.0.1:1/" }), patiently);
    expect(await trouble(nobody)).to.match(/^TypeError/);
  });
});
