// npm run seed, demo, audit and dead, as a person runs them, on a running system.
import { connectBus } from "@pavane/bus";
import { databaseUrl, eventually, namespace, natsUrl } from "@pavane/testkit";
import { expect } from "chai";
import { scenarioNames } from "../src/demo/perform.js";
import { items, users } from "../src/seed/data.js";
import { scratch } from "../src/scratch.js";
import { connectServices } from "../src/services.js";
import { type Stack, startStack } from "../src/stack.js";
import { type Ended, lines, runCommand } from "./command.js";

describe("the commands", () => {
  const dir = scratch();
  let stack: Stack;

  before(async function () {
    this.timeout(120_000);
    stack = await startStack({
      dir,
      namespace: namespace(),
      databaseUrl: databaseUrl(),
      natsUrl: natsUrl(),
      env: { ORDER_DEADLINE_SECONDS: "8", SAGA_STEP_TIMEOUT_SECONDS: "4" },
    });
  });
  after(async () => stack?.close());

  const command = (name: string, ...args: readonly string[]): Promise<Ended> =>
    runCommand(name, args.includes("--dir") ? args : [...args, "--dir", dir]);
  describe("seed", () => {
    it("makes the well-known users and items, and a second time finds them", async () => {
      const first = await command("seed");
      expect(first).to.include({ code: 0, err: "" });
      expect(first.out.match(/^made/gm)).to.have.length(users.length + items.length);
      const second = await command("seed");
      expect(second).to.include({ code: 0, out: first.out.replaceAll("made ", "found") });
    });

    it("leaves them with the money, limits, prices and stock they must have", async () => {
      const services = connectServices(stack.state());
      try {
        const { user } = await services.user.getUser({ userId: "user-123" });
        expect(user.balance.minorUnits).to.equal(1_000_00n);
        expect(user.purchaseLimit.minorUnits).to.equal(500_00n);
        const { item } = await services.item.getItem({ itemId: "item-sword" });
        expect(item).to.include({ name: "Magic Sword", stock: 50n, available: true });
      } finally {
        services.close();
      }
    });
  });

  describe("demo", () => {
    it("plays every scenario, each as it must end, and finds every invariant kept", async function () {
      this.timeout(120_000);
      const { code, out, err } = await command("demo", "--json");
      const results = lines(out);
      expect(results.filter(({ ok }) => ok !== true)).to.deep.equal([]);
      for (const mode of ["CHOREOGRAPHED", "ORCHESTRATED"]) {
        const played = results.filter((result) => result["mode"] === mode).map(({ scenario }) => scenario);
        expect(played).to.have.members(scenarioNames());
      }
      for (const result of results) {
        expect(result).to.include.keys("scenario", "mode", "order_id", "expected", "outcome", "code", "facts", "ms");
      }
      expect(err).to.contain("invariants hold");
      expect(code).to.equal(0);
    });

    it("shows a timeline to people, without colours where there is no terminal", async () => {
      const { code, out } = await command("demo", "--only", "wallet");
      expect(out).to.match(/ ms {2}order {6}order\.placed {9}2 × Health Potion: 40\.00 USD from the wallet\n/);
      expect(out).to.match(/✔ COMPLETED {2}6 facts in \d+ ms\n/);
      expect(out).not.to.contain("\u001b");
      expect(code).to.equal(0);
    });
  });

  describe("audit", () => {
    it("says what it compared, to people and to programs", async () => {
      const text = await command("audit");
      expect(text.out).to.match(/✔ wallets: .*\n +USD: deposited [\d.]+ USD = available /);
      const { code, out } = await command("audit", "--json", "--settle", "10");
      const [audit] = lines(out);
      expect(audit).to.include({ ok: true, violations: 0 });
      expect(code).to.equal(0);
    });

    it("says what is wrong with how it was called", async () => {
      expect((await command("audit", "--settle", "soon")).err).to.contain("a number of seconds above 0");
    });
  });

  describe("dead", () => {
    const garble = async (count: number): Promise<void> => {
      const { nats, namespace: prefix } = stack.state();
      const bus = await connectBus({ servers: nats, name: "test", namespace: prefix });
      for (let at = 0; at < count; at += 1)
        bus.connection.publish(`${prefix}.order.placed`, Buffer.from(`garbage ${at}`));
      await bus.close();
    };
    const dead = async (...args: readonly string[]): Promise<Record<string, unknown>[]> =>
      lines((await command("dead", "list", "--service", "user", "--json", ...args)).out);

    it("lists, shows, retries and skips what a service could not read", async function () {
      this.timeout(60_000);
      expect(await command("dead", "list")).to.include({ code: 0, out: "No dead letters.\n" });
      await garble(2);
      const letters = await eventually(async () => {
        const found = await dead();
        expect(found).to.have.length(2);
        return found;
      });
      const [first = "", second = ""] = letters.map(({ ref }) => String(ref));
      expect((await command("dead", "list")).out)
        .to.contain(first)
        .and.contain(second);

      const shown = await command("dead", "show", first);
      expect(shown.code).to.equal(0);
      expect(shown.out)
        .to.match(/service +user/)
        .and.match(/Its bytes: [A-Za-z0-9+/=]+\n$/);

      const skipped = await command("dead", "skip", first, "--reason", "garbage");
      expect(skipped).to.include({ code: 0, out: `${first} is SKIPPED\n` });
      expect((await dead("--state", "skipped"))[0]).to.include({ ref: first, reason: "garbage" });

      expect((await command("dead", "retry", "--all", "--service", "user")).code).to.equal(0);
      // It cannot be read any better than before: it comes back.
      await eventually(async () => expect((await dead())[0]).to.include({ ref: second }));
      expect((await command("dead", "skip", second, "--reason", "garbage")).code).to.equal(0);
    });

    it("ends with 1 for what is not there, 2 for wrong usage, 3 for a service that does not answer", async function () {
      this.timeout(60_000);
      expect(await command("dead", "show", "nothing")).to.include({ code: 1 });
      expect((await command("dead", "skip", "nothing")).code).to.equal(2);
      expect((await command("dead", "retry")).code).to.equal(2);
      await stack.stop("notification");
      const { code, err } = await command("dead", "list");
      expect(err).to.contain("notification does not answer");
      expect(code).to.equal(3);
      await stack.start("notification");
    });
  });

  it("say how to start the system when none runs", async () => {
    for (const name of ["seed", "audit"]) {
      const { code, err } = await command(name, "--dir", scratch());
      expect(err).to.contain("npm start");
      expect(code).to.equal(1);
    }
  });
});
