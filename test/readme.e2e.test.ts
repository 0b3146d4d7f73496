// What README.md says, done: its commands in a shell against a running system, its service built and run.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { requireState, type Stack, scratch, startStack } from "@pavane/local";
import { openStore, type Store } from "@pavane/store";
import { eventually } from "@pavane/testkit";
import { expect } from "chai";

const root = fileURLToPath(new URL("../..", import.meta.url));
const readme = readFileSync(`${root}/README.md`, "utf8");

/** The code blocks of a language, in order. */
function blocks(language: string): string[] {
  return [...readme.matchAll(/^```(\w+)\n(.*?)^```$/gms)].flatMap(([, of, code = ""]) =>
    of === language ? [code] : [],
  );
}

describe("README.md", function () {
  this.timeout(180_000);
  const dir = scratch();
  let stack: Stack;
  let admin: Store;
  const children: ChildProcess[] = [];

  before(async () => {
    stack = await startStack({ dir });
    admin = openStore({ url: requireState(dir).postgres, applicationName: "readme" });
  });
  after(async () => {
    for (const child of children) {
      child.kill("SIGTERM");
      if (child.exitCode === null) await once(child, "exit");
    }
    await admin?.close();
    await stack?.close();
  });

  /** Runs a block as a person would paste it; answers what it printed. Fails when any line of it does. */
  async function shell(block: string): Promise<string> {
    const here = `test -f ${dir}/env && . ${dir}/env\n${block.replaceAll(". .pavane/env", `. ${dir}/env`)}`;
    const env = { ...process.env, PAVANE_DIR: dir };
    const child = spawn("sh", ["-ec", here], { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
    const said: string[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes) => said.push(String(bytes)));
    const [code] = await once(child, "exit");
    expect(code, said.join("")).to.equal(0);
    return said.join("");
  }

  it("has commands that work one after the other, and an order that completes", async () => {
    const said: string[] = [];
    for (const block of blocks("sh")) {
      const last = await shell(block);
      said.push(last);
      if (!last.includes("ORDER_STATUS_PLACED") || block.includes("GetOrder")) continue;
      const lookAgain = blocks("sh").find((other) => other.includes("/GetOrder")) ?? expect.fail("nothing looks at it");
      const order = lookAgain.split("\n")[0] ?? "";
      await eventually(async () => expect(await shell(order)).to.contain("ORDER_STATUS_COMPLETED"), {
        timeout: 30_000,
      });
    }
    expect(said).to.have.length(7);
    expect(said.join("")).to.contain("pavane.order.v1.OrderService/PlaceOrder");
    expect(said.join("")).to.contain("WALLET_ENTRY_KIND_CONFIRM");
  });

  it("shows the whole of a service that is built and counts what is bought", async () => {
    const source = readFileSync(`${root}/test/example/loyalty.ts`, "utf8");
    const shown = blocks("ts")[0] ?? expect.fail("README.md shows no service");
    expect(source.slice(source.indexOf("import"))).to.equal(shown);

    await admin.knex.raw("create database loyalty");
    const url = new URL(requireState(dir).postgres);
    url.pathname = "/loyalty";
    const env = { ...process.env, DATABASE_URL: url.href, NATS_URL: requireState(dir).nats };
    const file = fileURLToPath(new URL("./example/loyalty.js", import.meta.url));
    children.push(spawn(process.execPath, [file], { env, stdio: "ignore" }));
    const loyalty = openStore({ url: url.href, applicationName: "readme" });
    try {
      // Two potions at 20.00 and one more, bought above in one mode and the other: who comes later hears what was.
      const accounts = [{ user_id: "user-123", points: 60n }];
      await eventually(async () => expect(await loyalty.knex("account").select()).to.deep.equal(accounts), {
        timeout: 30_000,
      });
    } finally {
      await loyalty.close();
    }
  });
});
