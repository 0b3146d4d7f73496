// npm start as a process: it says when everything is ready, ends in order, and recovers from being killed itself.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { findState, requireState, type StackState, scratch } from "@pavane/local";
import { eventually } from "@pavane/testkit";
import { expect } from "chai";

const command = fileURLToPath(new URL("../../deploy/local/dist/src/start.js", import.meta.url));

describe("npm start", function () {
  this.timeout(120_000);
  const children: ChildProcess[] = [];
  afterEach(async () => {
    for (const child of children.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill("SIGTERM");
      await once(child, "exit");
    }
  });

  function start(dir: string, ...args: string[]) {
    // Its own servers, whatever this test was given.
    const { DATABASE_URL: _database, NATS_URL: _nats, ...env } = process.env;
    const child = spawn(process.execPath, [command, "--no-demo", "--dir", dir, ...args], { env, stdio: "pipe" });
    children.push(child);
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes) => (said += String(bytes)));
    const exited = once(child, "exit").then(([code]) => code as number | null);
    const ready = () => eventually(() => expect(said).to.contain("Everything is ready"), { timeout: 100_000 });
    return { child, exited, ready, said: () => said };
  }

  it("runs every service, refuses to run twice, and on Ctrl-C ends all processes with exit code 0", async () => {
    const dir = scratch();
    const first = start(dir);
    await first.ready();
    const state = requireState(dir);
    const services = ["order", "user", "inventory", "item", "shipping", "payment", "notification", "saga", "sandbox"];
    expect(Object.keys(state.services)).to.include.members(services);
    for (const { admin } of replicas(state)) expect((await fetch(`${admin}/readyz`)).status).to.equal(200);

    const second = start(dir);
    expect(await second.exited).to.equal(1);
    expect(second.said()).to.contain("It already runs from here");

    first.child.kill("SIGINT");
    expect(await first.exited).to.equal(0);
    expect(replicas(state).filter(lives)).to.deep.equal([]);
    expect(findState(dir)).to.equal(undefined);
  });

  it("leaves no service behind when it is killed, and starts again on what was kept", async () => {
    const dir = scratch();
    const first = start(dir);
    await first.ready();
    const state = requireState(dir);
    first.child.kill("SIGKILL");
    await first.exited;
    await eventually(() => expect(replicas(state).filter(lives)).to.deep.equal([]), { timeout: 30_000 });
    expect(findState(dir)).to.equal(undefined);

    const second = start(dir);
    await second.ready();
    expect(Object.keys(requireState(dir).services)).to.deep.equal(Object.keys(state.services));
  });

  it("explains a wrong option", async () => {
    const wrong = start(scratch(), "--replicas", "many");
    expect(await wrong.exited).to.equal(1);
    expect(wrong.said()).to.contain("--replicas N").and.not.contain("    at ");
  });
});

function replicas(state: StackState) {
  return Object.values(state.services).flatMap((service) => service.replicas);
}

function lives({ pid }: { readonly pid: number }): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
