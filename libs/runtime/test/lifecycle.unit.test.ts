// The life of a real process: its messages, its readiness, its end and its exit code.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { eventually } from "@pavane/testkit";
import { expect } from "chai";

interface Running {
  readonly child: ChildProcess;
  /** The log lines so far. */
  log(): { readonly level: string; readonly msg: string; readonly err?: unknown; readonly admin_port?: number }[];
  readonly exited: Promise<number | null>;
}

describe("run", () => {
  const children: ChildProcess[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
  });

  function start(env: Record<string, string>): Running {
    const file = fileURLToPath(new URL("./example.js", import.meta.url));
    const child = fork(file, { env: { ...process.env, GRPC_PORT: "0", ...env }, silent: true });
    children.push(child);
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (bytes) => (said += String(bytes)));
    const log = () => said.split("\n").flatMap((line) => (line.startsWith("{") ? [JSON.parse(line)] : []));
    return { child, log, exited: once(child, "close").then(([code]) => code as number | null) };
  }

  const messages = (running: Running) => running.log().map(({ msg }) => msg);
  const said = (running: Running, message: string) => eventually(() => expect(messages(running)).to.include(message));
  const status = async (running: Running, path: string) => {
    const port = running.log().find(({ admin_port }) => admin_port)?.admin_port;
    return (await fetch(`http://127.0.0.1:${port}${path}`)).status;
  };

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    it(`is ready after main, and on ${signal} runs its hooks in reverse and exits 0`, async () => {
      const running = start({ EXAMPLE: "good" });
      await said(running, "ready");
      expect(await status(running, "/readyz")).to.equal(200);
      running.child.kill(signal);
      expect(await running.exited).to.equal(0);
      const order = ["serving", "ready", "stopping", "second hook", "first hook", "stopped"];
      expect(messages(running)).to.deep.equal(order);
    });
  }

  it("ends in order when the process that started it is gone", async () => {
    const running = start({ EXAMPLE: "good" });
    await said(running, "ready");
    // Node emits no "close" for a child whose channel was closed from here.
    const exited = once(running.child, "exit");
    running.child.disconnect();
    expect((await exited)[0]).to.equal(0);
    await said(running, "stopped");
  });

  it("ends without a hook that does not finish, says which, and exits 1", async () => {
    const running = start({ EXAMPLE: "stuck", STOP_SECONDS: "0.2" });
    await said(running, "ready");
    running.child.kill("SIGTERM");
    expect(await running.exited).to.equal(1);
    expect(messages(running)).to.include("second did not stop within 0.2 s; the process ends without it");
  });

  it("runs the other hooks when one throws, and exits 1", async () => {
    const running = start({ EXAMPLE: "unclean" });
    await said(running, "ready");
    running.child.kill("SIGTERM");
    expect(await running.exited).to.equal(1);
    expect(messages(running)).to.include.members(["second did not stop cleanly", "first hook", "stopped"]);
  });

  it("exits 0 when asked to end before it is ready", async () => {
    const running = start({ EXAMPLE: "slow start" });
    await said(running, "starting");
    running.child.kill("SIGTERM");
    expect(await running.exited).to.equal(0);
    expect(messages(running)).to.not.include("ready");
  });

  it("reports all wrong variables, its own and the common ones, in one message without a stack", async () => {
    const running = start({ EXAMPLE: "better", GRPC_PORT: "many", LOG_LEVEL: "loud" });
    expect(await running.exited).to.equal(1);
    const [line, ...more] = running.log();
    expect(more).to.deep.equal([]);
    expect(line).to.have.property("level", "fatal");
    expect(line?.msg).to.contain("example cannot start: its configuration is wrong:");
    for (const name of ["EXAMPLE", "GRPC_PORT", "LOG_LEVEL"]) expect(line?.msg).to.contain(`${name} is `);
    expect(line).to.not.have.property("err");
  });

  it("says what to do when what it needs is not there", async () => {
    const running = start({ EXAMPLE: "refused" });
    expect(await running.exited).to.equal(1);
    const last = running.log().at(-1);
    expect(last?.msg).to.match(/^example cannot start: connect ECONNREFUSED 127\.0\.0\.1:1: nothing listens there/);
    expect(last).to.not.have.property("err");
  });

  it("says so when its admin port is in use", async () => {
    const server = createServer().listen(0);
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const running = start({ EXAMPLE: "good", ADMIN_PORT: String(port) });
    expect(await running.exited).to.equal(1);
    expect(running.log().at(-1)?.msg).to.contain("that port is in use");
    server.close();
  });

  it("shows the stack of a defect", async () => {
    const running = start({ EXAMPLE: "defect" });
    expect(await running.exited).to.equal(1);
    const last = running.log().at(-1);
    expect(last).to.have.property("msg", "example cannot start");
    expect(last?.err).to.have.property("stack").that.contains("TypeError: a defect");
  });

  it("ends with exit code 1 on an error nobody caught", async () => {
    const running = start({ EXAMPLE: "crash" });
    expect(await running.exited).to.equal(1);
    expect(messages(running)).to.include("an error nobody caught; the process ends");
  });
});
