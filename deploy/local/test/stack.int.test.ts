// The stack's processes: started, ended and started again, with the sandbox as the service.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { databaseUrl, eventually, namespace, natsUrl } from "@pavane/testkit";
import { expect } from "chai";
import { lives } from "../src/child.js";
import { scratch } from "../src/scratch.js";
import { type Stack, type StackOptions, startStack } from "../src/stack.js";
import { findState, requireState, type StackState } from "../src/state.js";
import { Trouble } from "../src/trouble.js";

describe("startStack", () => {
  let stack: Stack | undefined;
  afterEach(async () => {
    await stack?.close();
    stack = undefined;
  });

  const given = (more: StackOptions = {}): StackOptions => ({
    dir: scratch(),
    services: ["sandbox"],
    namespace: namespace(),
    databaseUrl: databaseUrl(),
    natsUrl: natsUrl(),
    ...more,
  });
  const pids = (state: StackState) =>
    Object.values(state.services).flatMap(({ replicas }) => replicas.map(({ pid }) => pid));
  const ready = async (admin: string | undefined) => (await fetch(`${admin}/readyz`)).status;

  it("starts its own servers and every replica, says where they are, and leaves no process behind", async () => {
    const dir = scratch();
    const said: string[] = [];
    stack = await startStack({ dir, services: ["sandbox"], replicas: 2, say: (line) => said.push(line) });
    const state = requireState(dir);
    expect(state).to.deep.equal(stack.state());
    expect(pids(state)).to.have.length(2);
    for (const { admin } of state.services.sandbox?.replicas ?? []) expect(await ready(admin)).to.equal(200);
    expect(said.join("\n"))
      .to.match(/Postgres +postgres:\/\/127\.0\.0\.1:\d+/)
      .and.match(/sandbox +http:/);
    await stack.close();
    expect(pids(state).filter(lives)).to.deep.equal([]);
    expect(existsSync(join(dir, "stack.json"))).to.equal(false);
    expect(findState(dir)).to.equal(undefined);
  });

  for (const end of ["stop", "kill"] as const) {
    it(`starts a service again at its address after ${end}`, async () => {
      stack = await startStack(given());
      const before = stack.state().services.sandbox?.replicas[0];
      await stack[end]("sandbox");
      expect(lives(before?.pid ?? 0)).to.equal(false);
      await stack.start("sandbox");
      const after = stack.state().services.sandbox?.replicas[0];
      expect(after).to.include({ admin: before?.admin, grpc: before?.grpc }).and.not.include({ pid: before?.pid });
      expect(await ready(after?.admin)).to.equal(200);
    });
  }

  it("keeps what services stored when its Postgres is killed and NATS stopped", async () => {
    stack = await startStack({ dir: scratch(), services: ["sandbox"], namespace: namespace() });
    await stack.postgres.kill();
    await stack.nats.stop();
    await stack.postgres.start();
    await stack.nats.start();
    const admin = stack.state().services.sandbox?.replicas[0]?.admin;
    await eventually(async () => expect(await ready(admin)).to.equal(200));
  });

  it("does not stop servers that were given", async () => {
    stack = await startStack(given());
    expect((await failure(stack.postgres.stop())).message).to.contain("not ours");
    expect((await failure(stack.nats.kill())).message).to.contain("not ours");
  });

  it("gives a service its variables, those for all and its own", async () => {
    const options = given({ env: { LOG_LEVEL: "silent" }, envOf: { sandbox: { LOG_LEVEL: "debug" } } });
    stack = await startStack(options);
    const log = readFileSync(join(options.dir ?? "", "logs/sandbox.log"), "utf8");
    expect(log).to.contain('"service":"sandbox"');
  });

  it("fails with the log of the service that does not start, and ends the others", async () => {
    const options = given({ envOf: { sandbox: { LOG_LEVEL: "loud" } } });
    const error = await failure(startStack(options));
    expect(error).to.be.instanceOf(Trouble);
    expect(error.message)
      .to.match(/^sandbox did not start\. Its log/)
      .and.contain("LOG_LEVEL is");
    expect(findState(options.dir)).to.equal(undefined);
  });

  it("says when a service ends that nobody asked to", async () => {
    const said: string[] = [];
    stack = await startStack(given({ say: (line) => said.push(line) }));
    process.kill(stack.state().services.sandbox?.replicas[0]?.pid ?? 0, "SIGKILL");
    await eventually(() => expect(said.join("\n")).to.contain("sandbox ended (SIGKILL)"));
  });

  it("ends a process that was halted as quickly as any other", async () => {
    stack = await startStack(given());
    process.kill(stack.state().services.sandbox?.replicas[0]?.pid ?? 0, "SIGSTOP");
    expect(await stack.stop("sandbox")).to.equal(true);
  });

  it("knows no service that is not part of it", async () => {
    stack = await startStack(given());
    expect(() => stack?.address("order")).to.throw("order 0 is not part of this stack");
    expect((await failure(stack.kill("sandbox", 5))).message).to.contain("sandbox 5 is not part of this stack");
  });
});

async function failure(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error("it did not fail");
}
