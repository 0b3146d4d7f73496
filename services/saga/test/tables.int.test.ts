// The tables of sagas are the second line: what no decision would write, they do not take.

import { readFile } from "node:fs/promises";
import { findSaga } from "@pavane/saga";
import { eventually } from "@pavane/testkit";
import { expect } from "chai";
import { tables } from "../src/purchase.js";
import { calm, Hall, orderOf } from "./given.js";

describe("the tables of sagas", () => {
  const hall = new Hall();
  const of = orderOf();
  before(async () => {
    await hall.open(calm);
    hall.say("order.placed", of);
    await hall.becomes(of, "EXECUTING");
  });
  after(() => hall.stage.close());

  const failure = (sql: string): Promise<string> =>
    hall.stage.store.knex.raw(sql).then(
      () => "taken",
      (error: { code?: string; message: string }) => {
        return `${error.code} ${error.message}`;
      },
    );

  it("are those that the library gives to every team", async () => {
    const [own, given] = await Promise.all(
      ["../../migrations/001_saga.sql", "../../../../libs/saga/saga.sql"].map((path) => {
        return readFile(new URL(path, import.meta.url), "utf8");
      }),
    );
    expect(own).to.equal(given);
  });

  it("keep the log append-only", async () => {
    expect(await failure("delete from saga_log")).to.contain("append-only");
    expect(await failure("update saga_log set reason = 'nothing happened'")).to.contain("append-only");
  });

  it("refuse who decided on a state that is no more, as a serialization failure", async () => {
    expect(await failure("update saga set status = 'EXECUTING'")).to.match(/^40001 .*cannot be written at entry 2/);
    expect(await failure("update saga set logged = logged + 1, version = version - 1")).to.match(/^40001 /);
    const second =
      "insert into saga_log select saga_id || '/2', saga_id, 2, attempt, kind, event, status, step, code, reason, due_time, create_time, cause_id, null, null from saga_log where number = 1";
    expect(await failure(second)).to.match(/^23505 /);
  });

  it("refuse impossible states", async () => {
    for (const [change, constraint] of [
      ["status = 'LOST'", "saga_status_check"],
      ["status = 'COMPLETED'", "ended"],
      ["status = 'COMPENSATING'", "compensates_for_a_reason"],
      ["attempt = 0", "saga_attempt_check"],
      ["status = 'COMPLETED', end_time = now()", "ended_waits_for_nothing"],
    ] as const) {
      expect(await failure(`update saga set logged = logged + 1, ${change}`), change).to.contain(`"${constraint}"`);
    }
  });

  it("give way to the other writer when two decide at once: the loser decides again", async () => {
    const { knex } = hall.stage.store;
    // Somebody else holds the row, and moves the saga on, while the engine waits for it.
    await knex.transaction(async (other) => {
      await other("saga").where({ saga_id: of.orderId }).forUpdate();
      hall.say("order.cancelling", of, "EXPIRED");
      await eventually(async () => {
        const { rows } = await knex.raw<{ rows: { count: bigint }[] }>(
          "select count(*) from pg_locks where not granted",
        );
        expect(Number(rows[0]?.count)).to.be.greaterThan(0);
      });
    });
    expect(await hall.becomes(of, "COMPENSATING")).to.include({ logged: 4n });
    expect(await findSaga(hall.stage.store, tables, "nobody")).to.equal(undefined);
  });
});
