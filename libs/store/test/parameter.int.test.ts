// Every value comes back from Postgres as it went, whatever is in it.

import { expect } from "chai";
import fc from "fast-check";
import { run, type Statement } from "../src/index.js";
import { type TestDatabase, testDatabase } from "./database.js";

const echo: Statement = {
  name: "test.echo",
  text: "select $1::text[] as texts, $2::int8[] as numbers, $3::timestamptz[] as times, $4::bytea[] as bytes, $5::bool[] as flags",
};
const scalars: Statement = {
  name: "test.scalars",
  text: "select $1::text as text, $2::int8 as number, $3::timestamptz as time, $4::bytea as bytes, $5::bool as flag",
};

// Postgres has no text with a zero byte; a lone half of a pair of UTF-16 is no text either.
const text = fc.oneof(
  fc.string({ unit: "binary" }).filter((value) => !value.includes("\0")),
  fc.constantFrom("", "NULL", "null", "{}", "a,b", '"', "\\", '\\"', "\\N", " ", "\n\t", "{a,{b}}", "''", "\\x00"),
);
const number = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const time = fc.date({ min: new Date("0001-01-02"), max: new Date("9999-12-30"), noInvalidDate: true });
const bytes = fc.uint8Array({ maxLength: 20 }).map((array) => Buffer.from(array));
const orNull = <Value>(value: fc.Arbitrary<Value>) => fc.array(fc.option(value), { maxLength: 6 });

describe("parameters", () => {
  let database: TestDatabase;
  before(async () => {
    database = await testDatabase("bare");
  });
  after(() => database.drop());

  it("come back as they went, in arrays", async () => {
    const values = fc.tuple(orNull(text), orNull(number), orNull(time), orNull(bytes), orNull(fc.boolean()));
    await fc.assert(
      fc.asyncProperty(values, async (sent) => {
        const [row = {}] = await run(database.store, echo, sent);
        expect(Object.values(row)).to.deep.equal(sent);
      }),
    );
  });

  it("come back as they went, one by one", async () => {
    const values = fc.tuple(
      fc.option(text),
      fc.option(number),
      fc.option(time),
      fc.option(bytes),
      fc.option(fc.boolean()),
    );
    await fc.assert(
      fc.asyncProperty(values, async (sent) => {
        const [row = {}] = await run(database.store, scalars, sent);
        expect(Object.values(row)).to.deep.equal(sent);
      }),
    );
  });

  it("are refused before anything is sent when they are no such value", async () => {
    for (const value of [{ a: 1 }, [[1]], Symbol("s"), () => 1]) {
      const refused = await run(database.store, scalars, [value, 1n, null, null, null]).catch(
        (error: unknown) => error,
      );
      expect(refused).to.be.instanceOf(TypeError);
    }
  });
});
