// What eventually() and the environment promise to tests.
import { expect } from "chai";
import { databaseUrl, eventually, namespace, natsUrl } from "../src/index.js";

describe("eventually", () => {
  it("answers what the attempt answers once it no longer throws", async () => {
    let tries = 0;
    const value = await eventually(
      () => {
        tries += 1;
        if (tries < 3) throw new Error("not yet");
        return tries;
      },
      { interval: 1 },
    );
    expect(value).to.equal(3);
  });

  it("tries again when the attempt answers false", async () => {
    let tries = 0;
    expect(await eventually(() => ++tries > 2, { interval: 1 })).to.equal(true);
    expect(tries).to.equal(3);
  });

  it("throws the last error with the time it waited", async () => {
    const error = await rejection(eventually(() => expect(1).to.equal(2), { timeout: 30, interval: 5 }));
    expect(error.message).to.match(/^not within \d+ ms: expected 1 to equal 2$/);
  });

  it("says so when the attempt stays false or throws no error", async () => {
    expect((await rejection(eventually(() => false, { timeout: 5, interval: 1 }))).message).to.contain("still false");
    const thrown = eventually(() => refuse("words"), { timeout: 5, interval: 1 });
    expect((await rejection(thrown)).message).to.match(/words$/);
  });
});

describe("namespace", () => {
  it("fits a subject, a stream and a database name, and differs each time", () => {
    const some = Array.from({ length: 1000 }, namespace);
    for (const name of some) expect(name).to.match(/^t[0-9a-f]{11}$/);
    expect(new Set(some).size).to.equal(1000);
  });
});

describe("the servers' urls", () => {
  const kept = { ...process.env };
  afterEach(() => {
    for (const name of ["DATABASE_URL", "NATS_URL"]) {
      if (kept[name] === undefined) delete process.env[name];
      else process.env[name] = kept[name];
    }
  });

  it("come from the environment", () => {
    process.env.DATABASE_URL = "postgres://there";
    process.env.NATS_URL = "nats://there";
    expect([databaseUrl(), natsUrl()]).to.deep.equal(["postgres://there", "nats://there"]);
  });

  it("say what to run when they are missing", () => {
    delete process.env.DATABASE_URL;
    process.env.NATS_URL = "";
    expect(databaseUrl).to.throw(/DATABASE_URL is not set. Run these tests with `npm test -- int`/);
    expect(natsUrl).to.throw(/NATS_URL is not set/);
  });
});

/** Some libraries throw what is no Error. */
function refuse(words: unknown): never {
  // oxlint-disable-next-line typescript/only-throw-error
  throw words;
}

async function rejection(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error("it did not reject with an error");
}
