// The load by ghz, which costs less CPU than a client in Node. It asks the server for the proto by reflection.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Trouble } from "../trouble.js";
import { itemId, userId } from "./crowd.js";
import type { Call, Load, Plan } from "./load.js";

/** Starts ghz; its calls are known when it ends. Rejects when it cannot be started. */
export async function runGhz(plan: Plan, ghz: string): Promise<Load> {
  const dir = mkdtempSync(join(tmpdir(), "pavane-ghz-"));
  const out = join(dir, "calls.json");
  const child = spawn(ghz, [...argsOf(plan), "-o", out, plan.address], { stdio: ["ignore", "ignore", "pipe"] });
  const endChild = (): boolean => child.kill();
  process.once("exit", endChild);
  let said = "";
  child.stderr.on("data", (bytes: Buffer) => {
    said += bytes.toString("utf8");
  });
  const ended = new Promise<number | null>((done) => child.once("close", done));
  await new Promise<void>((done, failed) => {
    child.once("spawn", done);
    child.once("error", (error) => failed(new Trouble(`ghz (${ghz}) could not be started: ${error.message}`)));
  });
  const calls = async (): Promise<readonly Call[]> => {
    const code = await ended;
    process.off("exit", endChild);
    try {
      if (code !== 0) throw new Trouble(`ghz ended with exit code ${code}:\n${said.trim()}`);
      return parseCalls(readFileSync(out, "utf8"));
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  };
  return { pid: child.pid, calls: calls() };
}

function argsOf({ orders, crowd, mode, rate, seconds, concurrency }: Plan): string[] {
  const request = {
    order_id: `${orders}{{.RequestNumber}}`,
    user_id: userId(crowd, `{{randomInt 0 ${crowd.users}}}`),
    lines: [{ item_id: itemId(crowd, `{{randomInt 0 ${crowd.items}}}`), quantity: 1 }],
    payment_method: "PAYMENT_METHOD_WALLET",
    mode: `PURCHASE_MODE_${mode.toUpperCase()}`,
  };
  return [
    ...["--insecure", "--call", "pavane.order.v1.OrderService.PlaceOrder", "-d", JSON.stringify(request)],
    ...["-z", `${Math.round(seconds * 1000)}ms`, "--duration-stop", "wait", "-c", String(concurrency)],
    ...(rate === undefined ? [] : ["-r", String(rate)]),
    ...["-O", "json"],
  ];
}

/** Reads ghz's JSON: times in nanoseconds. */
export function parseCalls(json: string): Call[] {
  const { details } = JSON.parse(json) as {
    details: { timestamp: string; latency: number; error: string; status: string }[] | null;
  };
  return (details ?? []).map(({ timestamp, latency, error, status }) => ({
    at: Date.parse(timestamp),
    milliseconds: latency / 1e6,
    error: status === "OK" ? undefined : error || status,
  }));
}
