// What is said of a failure at start: advice for the expected, undefined (and so a stack) for the rest.
import { expect } from "chai";
import { CannotStart, explain } from "../src/trouble.js";

const coded = (message: string, code: string) => Object.assign(new Error(message), { code });

describe("explain", () => {
  it("repeats what is already an explanation", () => {
    expect(explain(new CannotStart("set X"))).to.equal("set X");
  });

  for (const [code, advice] of [
    ["ECONNREFUSED", /nothing listens there/],
    ["EADDRINUSE", /that port is in use/],
    ["28P01", /the password is wrong/],
    ["3D000", /does not exist/],
  ] as const) {
    it(`says what to do about ${code}`, () => {
      expect(explain(coded("it failed", code)))
        .to.match(/^it failed: /)
        .and.match(advice);
    });
  }

  it("looks into causes, and keeps what the outer error adds", () => {
    const cause = coded("connect ECONNREFUSED 127.0.0.1:1", "ECONNREFUSED");
    const said = explain(new Error("no broker at nats://127.0.0.1:1", { cause }));
    expect(said).to.match(
      /^no broker at nats:\/\/127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1: nothing listens there/,
    );
  });

  it("looks into the errors of all addresses of a host", () => {
    const error = new AggregateError([coded("connect ECONNREFUSED ::1:5", "ECONNREFUSED")]);
    expect(explain(error)).to.match(/^connect ECONNREFUSED ::1:5: /);
  });

  it("has nothing to say about a defect", () => {
    expect(explain(new TypeError("x is not a function"))).to.equal(undefined);
    expect(explain("thrown text")).to.equal(undefined);
  });
});
