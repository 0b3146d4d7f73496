// The benchmark's arithmetic: percentiles, growth, CPU lines, ghz's calls, profiles.
import { expect } from "chai";
import { growth, percentiles } from "../src/bench/books.js";
import { parseStat } from "../src/bench/cpu.js";
import { parseCalls } from "../src/bench/ghz.js";
import { findGhz } from "../src/bench/load.js";
import { hottest, type Profile } from "../src/bench/profile.js";

describe("the benchmark's arithmetic", () => {
  it("takes percentiles by nearest rank, in any order of the values", () => {
    const values = Array.from({ length: 200 }, (_, at) => 200 - at);
    expect(percentiles(values)).to.deep.equal({ p50: 100, p95: 190, p99: 198 });
    expect(percentiles([7])).to.deep.equal({ p50: 7, p95: 7, p99: 7 });
    expect(percentiles([])).to.equal(undefined);
  });

  it("counts what was added, and leaves out what did not grow", () => {
    const volume = (transactions: number, outbox: number, lease: number) => ({
      transactions,
      rows: new Map([["order", new Map(Object.entries({ outbox, lease }))]]),
    });
    const added = growth(volume(10, 5, 16), volume(25, 9, 16));
    expect(added.transactions).to.equal(15);
    expect([...(added.rows.get("order") ?? [])]).to.deep.equal([["outbox", 4]]);
  });

  it("reads CPU time from a line of /proc, whatever the process is called", () => {
    const line = "42 (a (b) c 9) S 7 42 42 0 -1 4194560 100 200 0 0 150 50 300 100 20 0 11 0 5 6 7";
    expect(parseStat(line)).to.deep.equal({ parent: 7, own: 2, reaped: 4 });
  });

  it("reads ghz's calls, with what went wrong", () => {
    const detail = { timestamp: "2026-01-02T03:04:05.006Z", latency: 1_500_000, error: "", status: "OK" };
    const late = { ...detail, error: "too late", status: "DeadlineExceeded" };
    const at = Date.UTC(2026, 0, 2, 3, 4, 5, 6);
    expect(parseCalls(JSON.stringify({ details: [detail, late] }))).to.deep.equal([
      { at, milliseconds: 1.5, error: undefined },
      { at, milliseconds: 1.5, error: "too late" },
    ]);
    expect(parseCalls(JSON.stringify({ details: null }))).to.deep.equal([]);
  });

  it("takes the ghz it is told of, and none where there is none", () => {
    expect(findGhz({ GHZ: "/opt/ghz", PATH: "" })).to.equal("/opt/ghz");
    expect(findGhz({ PATH: "/nowhere" })).to.satisfy(
      (found?: string) => found === undefined || /\/go\/bin\//.test(found),
    );
  });

  it("finds the functions with the most time of their own within the window, idle time left out", () => {
    const frame = (functionName: string, url = "file:///x/libs/store/dist/src/flight.js") => ({
      ...{ functionName, url, lineNumber: 9 },
    });
    const profile: Profile = {
      nodes: [
        { id: 1, callFrame: frame("send") },
        { id: 2, callFrame: frame("(idle)", "") },
        { id: 3, callFrame: frame("parse", "file:///x/node_modules/pg/lib/a.js") },
      ],
      startTime: 1_000,
      samples: [1, 3, 2, 1, 1],
      timeDeltas: [0, 100, 300, 500, 100],
    };
    const hot = hottest(profile, 1_050, 2_000, 5);
    expect(hot).to.deep.equal([
      { name: "parse", place: "pg/lib/a.js:10", milliseconds: 0.3, share: 0.75 },
      { name: "send", place: "libs/store/dist/src/flight.js:10", milliseconds: 0.1, share: 0.25 },
    ]);
  });
});
