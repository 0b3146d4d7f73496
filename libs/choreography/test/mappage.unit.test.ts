// The page of a choreography: what a reader finds on it, and that nothing in the tables changes without the page.

import { expect } from "chai";
import { choreographyOf, page } from "../src/map/index.js";
import { deafTo, reacting, type Sketch, services, trip, withFact, withService } from "./sketch.js";

const options = { title: "A trip", about: "Somebody travels.", command: "npm run draw" };
const write = (sketch: Sketch): string => page(choreographyOf(services(sketch)), options);

/** The lines of one part of a page, by its heading. */
function part(text: string, heading: string): string[] {
  const lines = text.split("\n");
  const start = lines.indexOf(heading);
  if (start < 0) throw new Error(`there is no "${heading}" in\n${text}`);
  const end = lines.findIndex((line, index) => index > start && line.startsWith("#"));
  return lines.slice(start + 1, end < 0 ? undefined : end).filter((line) => line !== "");
}

/** A graph's boxes, and its arrows as `from > to` by what people read in the boxes. */
function arrows(lines: readonly string[]): string[] {
  const names = new Map<string, string>();
  for (const line of lines) {
    const [, id = "", name = ""] = /^ {2}(\w+)(?:\(\[|\[")(.*?)(?:\]\)|"\])/.exec(line) ?? [];
    names.set(id, name.replaceAll(/<\/?b>/g, "").replace("<br/>", " "));
  }
  const ends = lines.flatMap((line) => [/^ {2}(\w+) --> (\w+)$/.exec(line) ?? []].filter((match) => match.length > 0));
  return ends.map(([, from = "", to = ""]) => `${names.get(from)} > ${names.get(to)}`);
}

describe("the page of a choreography", () => {
  const text = write(trip);

  it("says what it is, and who writes it", () => {
    expect(text).to.match(/^# A trip\n\nWritten by `npm run draw` .*; do not edit\.\n\nSomebody travels\.\n/);
    expect(text).to.match(/[^\n]\n$/);
  });

  it("draws the way forward, without failures", () => {
    expect(arrows(part(text, "## The way forward"))).to.have.members([
      "agency wish > trip.wished",
      "trip.wished > hotel reserve room",
      "hotel reserve room > room.reserved",
      "room.reserved > airline reserve seat",
      "airline reserve seat > seat.reserved",
      "seat.reserved > bank reserve fee",
      "bank reserve fee > fee.charged",
      "fee.charged > agency decide",
      "agency decide > trip.booked",
      "trip.booked > hotel confirm room",
      "trip.booked > airline confirm seat",
    ]);
  });

  it("draws the way back, from every failure to the last consequence", () => {
    expect(arrows(part(text, "## The way back"))).to.have.members([
      "room.rejected > agency decide",
      "seat.rejected > agency decide",
      "fee.failed > agency decide",
      "agency decide > trip.undone",
      "agency forget > trip.undone",
      "agency expire > trip.undone",
      "trip.undone > hotel release room",
      "hotel release room > room.released",
      "trip.undone > airline release seat",
      "airline release seat > seat.released",
      "trip.undone > bank release fee",
      "bank release fee > fee.refunded",
      "room.released > agency collect the answers",
      "seat.released > agency collect the answers",
      "fee.refunded > agency collect the answers",
      "agency collect the answers > trip.closed",
    ]);
  });

  it("tells both ways in sentences", () => {
    expect(part(text, "## The way forward")).to.include.members([
      "1. `trip.wished`: **agency** announces it when it is asked `wish`; **hotel** reserves room → `room.reserved` or `room.rejected`.",
      "3. `seat.reserved`: **bank** reserves fee → `fee.charged` or `fee.failed`.",
    ]);
    expect(part(text, "## The way back")).to.include.members([
      "1. `room.rejected`, `seat.rejected` or `fee.failed`: **agency** decides → `trip.undone`.",
      "3. `room.released`, `seat.released` or `fee.refunded`: **agency** collects the answers → `trip.closed`.",
    ]);
  });

  it("lists the holds, and how each is settled", () => {
    expect(part(text, "## What is held meanwhile").slice(-3)).to.deep.equal([
      "| room | hotel | `trip.wished` | `trip.booked` | `trip.undone` | `room.released` |",
      "| seat | airline | `room.reserved` | `trip.booked` | `trip.undone` | `seat.released` |",
      "| fee | bank | `seat.reserved` | itself, by `fee.charged` | `trip.undone` | `fee.refunded` |",
    ]);
  });

  it("has a row for every fact, with what each service does on it", () => {
    const rows = part(text, "## Who does what on which fact").filter((line) => line.startsWith("| `"));
    expect(
      rows.flatMap((row) => [...(row.split(" | ")[0] ?? "").matchAll(/`([^`]+)`/g)].map(([, name]) => name)),
    ).to.have.members(Object.keys(trip.facts));
    expect(rows).to.include(
      "| `trip.undone` ∞ | agency | | release room<br>→ `room.released` | release seat<br>→ `seat.released` | release fee<br>→ `fee.refunded` |",
    );
    expect(rows).to.include("| `trip.closed` (an end) | agency | | | | |");
    expect(rows).to.include(
      "| `room.rejected`<br>`seat.rejected`<br>`fee.failed` | hotel<br>airline<br>bank | decide<br>→ `trip.undone` | | | |",
    );
  });

  it("shows each service's whole table", () => {
    expect(part(text, "### bank")).to.deep.equal([
      "| input | what it does | may announce | guard | tables |",
      "| --- | --- | --- | --- | --- |",
      "| hears `seat.reserved` | reserve fee | | commutes | `bank_row` |",
      "| hears `trip.undone` | release fee | `fee.refunded` | commutes | `bank_row` |",
      "| outcome of `charge` | settle charge | `fee.charged`<br>`fee.failed` | | `bank_row` |",
      "| outcome of `refund` | settle refund | `fee.refunded` | | `bank_row` |",
    ]);
    expect(part(text, "### agency")).to.include("| is asked `forget` | | `trip.undone` | | `agency_row` |");
    expect(part(text, "### agency")).to.include("| `expire` is due | | `trip.undone` | | `agency_row` |");
  });

  it("tells several flows apart by what begins them", () => {
    const two: Sketch = {
      facts: {
        ...trip.facts,
        "walk.wished": ["club/walk"],
        "guide.found": ["guides/guide"],
        "guide.missing": ["guides/guide"],
        "walk.begun": ["club/walk", "forever"],
        "walk.dropped": ["club/walk", "forever"],
      },
      services: {
        ...trip.services,
        club: {
          aggregate: "walk",
          commands: { wish: ["walk.wished"] },
          reactions: { "guide.found": ["walk.begun"], "guide.missing": ["walk.dropped"] },
        },
        guides: {
          aggregate: "guide",
          reactions: { "walk.wished": ["guide.found", "guide.missing"], "walk.begun": [], "walk.dropped": [] },
        },
      },
    };
    const headings = write(two)
      .split("\n")
      .filter((line) => line.startsWith("## The way forward"));
    expect(headings).to.deep.equal([
      "## The way forward, from `trip.wished`",
      "## The way forward, from `walk.wished`",
    ]);
  });

  it("changes when any row of any table is gone", () => {
    const changed = Object.entries(trip.services).flatMap(([name, { reactions = {} }]) =>
      Object.keys(reactions).map((on) => write(deafTo(trip, name, on))),
    );
    expect(changed).to.have.length(15).and.not.include(text);
    for (const kind of ["commands", "dues"] as const) {
      expect(write(withService(trip, "agency", (agency) => ({ ...agency, [kind]: {} })))).not.to.equal(text);
    }
    expect(write(withService(trip, "bank", (bank) => ({ ...bank, outcomes: {} })))).not.to.equal(text);
  });

  it("changes when a row announces more, or a fact is declared otherwise", () => {
    expect(write(reacting(trip, "hotel", "trip.booked", ["room.released"]))).not.to.equal(text);
    expect(write(withFact(trip, "trip.closed", ["agency/trip"]))).not.to.equal(text);
  });

  it("is written of a choreography in which nothing is held", () => {
    const quiet = write({
      facts: { "bell.rung": ["tower/bell", "end"] },
      services: { tower: { aggregate: "bell", commands: { ring: ["bell.rung"] } } },
    });
    expect(quiet).to.contain("| `bell.rung` (an end) | tower |").and.not.contain("mermaid");
  });
});
