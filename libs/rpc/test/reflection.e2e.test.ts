// grpcurl and buf curl against a server, with no proto files: list, describe, call.
import { execFile } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect } from "chai";
import { host, type Host, stopAll } from "./host.js";

const run = promisify(execFile);
const root = join(dirname(fileURLToPath(import.meta.url)), "../../../..");
const buf = join(root, "node_modules/.bin/buf");
// `npm test` finds it, or builds it where Go is.
const grpcurl = process.env["GRPCURL"];

const placeOrder = JSON.stringify({
  orderId: "order-1",
  userId: "user-1",
  lines: [{ itemId: "item-sword", quantity: 1 }],
  paymentMethod: "PAYMENT_METHOD_WALLET",
});

/** What a tool printed, or why it failed. */
async function output(tool: string, ...args: string[]): Promise<string> {
  try {
    const { stdout } = await run(tool, args, { timeout: 20_000 });
    return stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    return stdout + stderr;
  }
}

describe("reflection", function () {
  this.timeout(30_000);
  let served: Host;
  beforeEach(async () => {
    served = await host();
  });
  afterEach(stopAll);

  describe("with buf curl", () => {
    const curl = async (...args: string[]): Promise<string> =>
      await output(buf, "curl", "--protocol", "grpc", "--http2-prior-knowledge", ...args);
    const url = (path: string): string => `http://${served.address}/${path}`;

    it("lists services and methods", async () => {
      expect(await curl("--list-services", url(""))).to.include("pavane.order.v1.OrderService");
      expect(await curl("--list-methods", url(""))).to.include("pavane.order.v1.OrderService/PlaceOrder");
    });

    it("calls, with times as they are", async () => {
      const answer = await curl("--data", placeOrder, url("pavane.order.v1.OrderService/PlaceOrder"));
      expect(JSON.parse(answer).order).to.include({
        createTime: "2026-01-02T03:04:05.678Z",
        status: "ORDER_STATUS_PLACED",
      });
    });

    it("calls through v1alpha, which older tools ask for", async () => {
      const path = url("pavane.order.v1.OrderService/GetOrder");
      const answer = await curl("--reflect-protocol", "grpc-v1alpha", "--data", `{"orderId":"order-1"}`, path);
      expect(JSON.parse(answer).order.purchase).to.include({ userId: "user-1" });
    });

    it("shows which fields broke rules", async () => {
      const answer = await curl("--data", "{}", url("pavane.order.v1.OrderService/PlaceOrder"));
      expect(answer)
        .to.include("invalid_argument")
        .and.to.include("google.rpc.BadRequest")
        .and.to.include("payment_method");
    });
  });

  // Left out and said so, not pending: a suite with pending tests does not pass.
  const whereFound = grpcurl === undefined ? () => console.log("      skipped: grpcurl not found") : describe;
  whereFound("with grpcurl", () => {
    const curl = async (...args: string[]): Promise<string> => await output(grpcurl ?? "", "-plaintext", ...args);

    it("lists and describes services, methods and messages", async () => {
      expect(await curl(served.address, "list")).to.equal("pavane.order.v1.OrderService\n");
      expect(await curl(served.address, "describe", "pavane.order.v1.OrderService")).to.include("rpc PlaceOrder");
      expect(await curl(served.address, "describe", "pavane.order.v1.OrderService.PlaceOrder")).to.include(
        "is a method",
      );
      expect(await curl(served.address, "describe", "pavane.order.v1.Order")).to.include(
        "google.protobuf.Timestamp create_time",
      );
      expect(await curl(served.address, "describe", "google.protobuf.Timestamp")).to.include("int64 seconds");
    });

    it("calls, with times as they are", async () => {
      const answer = await curl("-d", placeOrder, served.address, "pavane.order.v1.OrderService/PlaceOrder");
      expect(JSON.parse(answer).order).to.include({ createTime: "2026-01-02T03:04:05.678Z" });
    });

    it("shows which fields broke rules", async () => {
      const answer = await curl("-d", "{}", served.address, "pavane.order.v1.OrderService/PlaceOrder");
      expect(answer).to.include("InvalidArgument").and.to.include("google.rpc.BadRequest");
    });

    it("is told what is not served", async () => {
      expect(await curl(served.address, "describe", "pavane.order.v1.Nothing")).to.match(/not found/i);
    });
  });
});
