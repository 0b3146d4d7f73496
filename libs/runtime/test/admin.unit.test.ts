// The admin server, asked over real HTTP.
import { metrics } from "@opentelemetry/api";
import { expect } from "chai";
import { type Admin, serveAdmin } from "../src/admin.js";
import { startTelemetry, type Telemetry } from "../src/telemetry.js";

describe("the admin server", () => {
  let admin: Admin;
  let telemetry: Telemetry;

  beforeEach(async () => {
    telemetry = await startTelemetry({ service: "order", exportSpans: false });
    admin = await serveAdmin(0, telemetry.scrape);
  });
  afterEach(async () => {
    await admin.close();
    await telemetry.stop();
  });

  const get = async (path: string, init?: RequestInit) => {
    const response = await fetch(`http://127.0.0.1:${admin.port}${path}`, init);
    return { status: response.status, body: await response.text() };
  };

  it("is alive from the start, and ready only when told", async () => {
    expect((await get("/livez")).status).to.equal(200);
    expect((await get("/readyz")).status).to.equal(503);
    admin.setReady(true);
    expect((await get("/readyz")).status).to.equal(200);
    admin.setReady(false);
    expect((await get("/readyz")).status).to.equal(503);
  });

  it("is not ready while a probe throws, and says which", async () => {
    let there = false;
    admin.addProbe("database", async () => {
      if (!there) throw new Error("no connection");
    });
    admin.setReady(true);
    const { status, body } = await get("/readyz");
    expect(status).to.equal(503);
    expect(JSON.parse(body)).to.deep.equal({ status: "not ready", checks: { database: "no connection" } });
    there = true;
    expect((await get("/readyz")).status).to.equal(200);
  });

  it("does not wait for a probe that never answers", async () => {
    admin.addProbe("broker", () => new Promise(() => undefined));
    admin.setReady(true);
    const { status, body } = await get("/readyz");
    expect(status).to.equal(503);
    expect(body).to.contain("no answer within 2000 ms");
  });

  it("answers a scrape with the process's metrics and those of others", async () => {
    metrics.getMeter("test").createCounter("purchases").add(3, { mode: "demo" });
    const { status, body } = await get("/metrics");
    expect(status).to.equal(200);
    expect(body).to.match(/^purchases_total\{.*mode="demo".*\} 3/m);
    expect(body).to.match(/^process_cpu_time(_seconds)?_total\{.*mode="user"/m);
    expect(body).to.match(/^process_memory_usage/m);
    expect(body).to.match(/^nodejs_eventloop_delay_p99/m);
  });

  it("refuses other paths and other methods", async () => {
    expect((await get("/")).status).to.equal(404);
    expect((await get("/livez", { method: "POST" })).status).to.equal(405);
  });

  it("cannot take a port that is in use", async () => {
    let code = "";
    try {
      await serveAdmin(admin.port, telemetry.scrape);
    } catch (error) {
      code = (error as NodeJS.ErrnoException).code ?? "";
    }
    expect(code).to.equal("EADDRINUSE");
  });
});
