// OperationsService and the door of a service, over real gRPC: with a counter of fulfilled orders as the service.

import { one, service, vocabulary } from "@pavane/choreography";
import { catalogue } from "@pavane/contracts";
import { InventoryServiceDefinition } from "@pavane/contracts/inventory";
import { DeadLetterState, OperationsServiceDefinition } from "@pavane/contracts/operations";
import { int4, newEventId, table, text } from "@pavane/store";
import { type Client, client, RpcError } from "@pavane/rpc";
import { type Database, database, eventually, namespace, natsUrl, purchase } from "@pavane/testkit";
import { encodeFact } from "@pavane/contracts";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect } from "chai";
import { face, type RunningService, startService } from "../src/index.js";

interface Tally {
  readonly tallyId: string;
  readonly heard: number;
}

const tallies = table<Tally>("tally", { key: "tallyId", columns: { tallyId: text, heard: int4 } });
const { once } = vocabulary(catalogue);
let broken = true;

const tally = service({
  name: "tally",
  catalogue,
  tables: [tallies],
  reactions: [
    once("order.placed", [], { tally: one(tallies, () => "all") }, ({ tally: found }) => {
      if (broken) throw new Error("the counter is stuck");
      return { next: { tally: { tallyId: "all", heard: (found?.heard ?? 0) + 1 } } };
    }),
  ],
});

const unreachable = async (): Promise<never> => {
  throw Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
};

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

describe("a service", function () {
  this.timeout(60_000);
  let home: Database;
  let running: RunningService;
  let operations: Client<OperationsServiceDefinition>;

  before(async () => {
    home = await database();
    const folder = mkdtempSync(join(tmpdir(), "pavane-"));
    writeFileSync(join(folder, "001_tally.sql"), "create table tally (tally_id text primary key, heard int not null);");
    running = await startService(
      {
        definition: tally,
        face: face(InventoryServiceDefinition, {}, () => ({ getInventory: unreachable, setCapacity: unreachable })),
        migrations: pathToFileURL(`${folder}/`),
      },
      {
        ...{ databaseUrl: home.url, natsUrl: natsUrl(), namespace: namespace(), grpcPort: 0 },
        ...{ log: silent, sweepInterval: 50, maxAttempts: 1 },
      },
    );
    operations = client(OperationsServiceDefinition, `127.0.0.1:${running.grpcPort}`, { actor: "operator" });
  });
  after(async () => {
    operations.close();
    await running.stop(5_000);
    await home.drop();
  });

  const page = { pageSize: 0, pageToken: "" };
  const everything = { ...page, state: DeadLetterState.UNSPECIFIED, fact: "", orderId: "" };

  function publish(orderId: string): string {
    const id = newEventId();
    const data = { purchase: purchase({ orderId }) };
    const message = encodeFact(catalogue["order.placed"], data, { id, time: new Date(), version: 1n });
    running.bus.connection.publish(`${running.bus.namespace}.order.placed`, message);
    return id;
  }

  async function deadLetter(orderId: string): Promise<string> {
    return await eventually(async () => {
      const { deadLetters } = await operations.listDeadLetters({ ...everything, orderId });
      return deadLetters[0]?.deadLetterId ?? expect.fail("no dead letter yet");
    });
  }

  it("shows a dead letter, retries it when asked, and logs what it changed", async () => {
    const id = publish("order-1");
    const deadLetterId = await deadLetter("order-1");
    const { deadLetter: letter } = await operations.getDeadLetter({ deadLetterId });
    expect(letter).to.include({ fact: "order.placed", messageId: id, aggregate: "order/order-1", attempts: 1 });
    expect(letter.reason).to.equal("Error: the counter is stuck");
    expect(JSON.parse(letter.payloadJson)).to.have.nested.property("purchase.orderId", "order-1");

    broken = false;
    const { deadLetter: retried } = await operations.retryDeadLetter({ deadLetterId });
    expect(retried).to.include({ actor: "operator" });
    const transactions = await eventually(async () => {
      const found = await operations.listTransactions({ ...page, of: { $case: "orderId", value: "order-1" } });
      expect(found.transactions).to.have.length(1);
      return found.transactions;
    });
    expect(transactions[0]).to.deep.include({ cause: "order.placed", causeId: id });
    expect(transactions[0]?.changes).to.deep.equal([
      { table: "tally", key: "all", beforeJson: "", afterJson: JSON.stringify({ tallyId: "all", heard: 1 }) },
    ]);
    const byAggregate = await operations.listTransactions({ ...page, of: { $case: "aggregate", value: "tally/all" } });
    expect(byAggregate.transactions).to.have.length(1);
    const gone = await operations.getDeadLetter({ deadLetterId }).catch((error: unknown) => error);
    expect(gone).to.be.instanceOf(RpcError).and.include({ code: "NOT_FOUND", reason: "DEAD_LETTER_NOT_FOUND" });
  });

  it("gives a dead letter up with a reason, once", async () => {
    broken = true;
    publish("order-2");
    const deadLetterId = await deadLetter("order-2");
    const { deadLetter: skipped } = await operations.skipDeadLetter({ deadLetterId, reason: "a test" });
    expect(skipped).to.include({ state: DeadLetterState.SKIPPED, reason: "a test", actor: "operator" });
    const again = await operations.retryDeadLetter({ deadLetterId }).catch((error: unknown) => error);
    expect(again).to.be.instanceOf(RpcError).and.include({ code: "FAILED_PRECONDITION", reason: "DEAD_LETTER_CLOSED" });
  });

  it("tells callers that its database is out of reach, and nothing of how", async () => {
    const inventory = client(InventoryServiceDefinition, `127.0.0.1:${running.grpcPort}`);
    const request = { userId: "user-1", pageSize: 0, pageToken: "" };
    const refusal = await inventory.getInventory(request).catch((error: unknown) => error);
    expect(refusal).to.be.instanceOf(RpcError).and.include({ code: "UNAVAILABLE" });
    expect(String(refusal)).not.to.contain("ECONNREFUSED");
    inventory.close();
  });

  it("refuses a command that its definition does not declare", () => {
    const orphan = face({ name: "None", fullName: "none", methods: {} }, { brew: {} as never }, () => ({}));
    expect(() => orphan.served(tally, running.engine, running.store)).to.throw("tally does not declare command brew");
  });
});
