// The checks of the map, each seen failing on a small choreography that is wrong in one way, and silent on sound ones.

import { expect } from "chai";
import { choreographyOf, type Flaw, flawsOf } from "../src/map/index.js";
import { deafTo, reacting, type Sketch, services, trip, withFact, withService } from "./sketch.js";

function said(check: Flaw["check"], sketch: Sketch): string[] {
  const flaws = flawsOf(choreographyOf(services(sketch)));
  return flaws.filter((flaw) => flaw.check === check).map(({ message }) => message);
}

describe("the checks of a choreography", () => {
  it("find nothing wrong with a sound one", () => {
    expect(flawsOf(choreographyOf(services(trip)))).to.deep.equal([]);
  });

  it("find nothing wrong with facts that only go forward", () => {
    const pipeline: Sketch = {
      facts: { "leaf.picked": ["garden/leaf"], "leaf.dried": ["loft/batch"], "leaf.packed": ["shop/pack", "end"] },
      services: {
        garden: { aggregate: "leaf", commands: { pick: ["leaf.picked"] } },
        loft: { aggregate: "batch", reactions: { "leaf.picked": ["leaf.dried"] } },
        shop: { aggregate: "pack", reactions: { "leaf.dried": ["leaf.packed"] } },
      },
    };
    expect(flawsOf(choreographyOf(services(pipeline)))).to.deep.equal([]);
  });

  it("find nothing wrong with a hold whose own step alone brings an ending about", () => {
    expect(said("settled", trip)).to.deep.equal([]);
    // The bank does not hear trip.booked: only fee.charged leads there.
    expect(trip.services.bank?.reactions).not.to.have.property("trip.booked");
  });

  it("refuse two services of one name", () => {
    expect(() => choreographyOf([...services(trip), ...services(trip)])).to.throw(
      TypeError,
      /two services named agency/,
    );
  });

  describe("owner", () => {
    it("finds a fact that names no owner", () => {
      expect(said("owner", withFact(trip, "trip.closed", ["/trip", "end"]))).to.deep.equal([
        "trip.closed has no owner",
      ]);
      expect(said("owner", withFact(trip, "trip.lost", ["/trip", "end"]))).to.deep.equal(["trip.lost has no owner"]);
    });

    it("finds a fact whose owner is none of the services", () => {
      expect(said("owner", withFact(trip, "trip.lost", ["museum/trip", "end"]))).to.deep.equal([
        "trip.lost has no owner: museum is none of the services",
      ]);
    });

    it("finds a fact that nothing announces", () => {
      expect(said("owner", withFact(trip, "trip.lost", ["agency/trip", "end"]))).to.deep.equal([
        "trip.lost has no announcer: nothing that its owner agency does announces it",
      ]);
    });

    it("finds a fact that another service announces too", () => {
      const two = withService(trip, "hotel", (hotel) => ({ ...hotel, commands: { close: ["trip.closed"] } }));
      expect(said("owner", two)).to.deep.equal(["trip.closed has more than one owner: agency and hotel"]);
    });

    it("finds a fact that two catalogues give to two owners", () => {
      const [agency, ...others] = services(trip);
      const [, hotel] = services(withFact(trip, "trip.closed", ["hotel/trip", "end"]));
      if (agency === undefined || hotel === undefined) throw new Error("the trip has lost its services");
      const split = choreographyOf([agency, hotel, ...others.filter(({ name }) => name !== "hotel")]);
      expect(flawsOf(split)).to.deep.equal([
        { check: "owner", message: "trip.closed has more than one owner: agency and hotel" },
      ]);
    });
  });

  describe("heard", () => {
    it("finds a fact that nobody hears", () => {
      expect(said("heard", withFact(trip, "trip.closed", ["agency/trip"]))).to.deep.equal([
        "nobody hears trip.closed; declare it an end if that is meant",
      ]);
    });

    it("finds an end that somebody hears", () => {
      expect(said("heard", reacting(trip, "hotel", "trip.closed", []))).to.deep.equal([
        "trip.closed is declared an end, but hotel hears it",
      ]);
    });
  });

  describe("known", () => {
    it("finds a reaction to a fact that nobody declares", () => {
      expect(said("known", reacting(trip, "hotel", "trip.postponed", []))).to.deep.equal([
        "hotel hears trip.postponed, which no catalogue declares",
      ]);
    });

    it("finds an announcement that nobody declares", () => {
      expect(said("known", reacting(trip, "hotel", "trip.booked", ["room.cleaned"]))).to.deep.equal([
        "hotel announces room.cleaned, which no catalogue declares",
      ]);
    });
  });

  describe("settled", () => {
    it("finds a reserve without a release", () => {
      expect(said("settled", deafTo(trip, "hotel", "trip.undone"))).to.deep.equal([
        "hotel reserves room on trip.wished, but on trip.undone it does nothing with what it holds",
      ]);
    });

    it("finds a reserve without a confirmation", () => {
      expect(said("settled", deafTo(trip, "airline", "trip.booked"))).to.deep.equal([
        "airline reserves seat on room.reserved, but on trip.booked it does nothing with what it holds",
      ]);
    });

    it("finds a release that looks at the hold and cannot change it", () => {
      const blind = services(trip).map((definition) => {
        const reactions = [...definition.reactions].map(([on, reaction]): [string, typeof reaction] => {
          if (definition.name !== "hotel" || on !== "trip.undone") return [on, reaction];
          const slots = Object.entries(reaction.slots).map(([name, slot]) => [
            name,
            { ...slot, shape: "see" as const },
          ]);
          return [on, { ...reaction, slots: Object.fromEntries(slots) as typeof reaction.slots }];
        });
        return { ...definition, reactions: new Map(reactions) };
      });
      const flaws = flawsOf(choreographyOf(blind)).filter(({ check }) => check === "settled");
      expect(flaws.map(({ message }) => message)).to.deep.equal([
        "hotel reserves room on trip.wished, but on trip.undone it does nothing with what it holds",
      ]);
    });

    it("finds an ending that only a caller or a time brings about, and one hold does not hear", () => {
      const calm: Sketch = {
        facts: {
          "seat.wished": ["desk/wish"],
          "seat.held": ["hall/seat"],
          "seat.full": ["hall/seat", "end"],
          "meal.held": ["kitchen/meal"],
          "wish.granted": ["desk/wish", "forever"],
          "wish.expired": ["desk/wish", "forever"],
        },
        services: {
          desk: {
            aggregate: "wish",
            commands: { wish: ["seat.wished"] },
            dues: { expire: ["wish.expired"] },
            reactions: { "meal.held": ["wish.granted"] },
          },
          hall: {
            aggregate: "seat",
            reactions: { "seat.wished": ["seat.held", "seat.full"], "wish.granted": [], "wish.expired": [] },
          },
          kitchen: { aggregate: "meal", reactions: { "seat.held": ["meal.held"], "wish.granted": [] } },
        },
      };
      expect(said("settled", calm)).to.deep.equal([
        "kitchen reserves meal on seat.held, but on wish.expired it does nothing with what it holds",
      ]);
    });

    it("finds a release that is not retried for ever", () => {
      const forgetful = withFact(trip, "trip.undone", ["agency/trip"]);
      const why =
        "and its flow has no other ending than trip.booked: a release and a confirmation are retried for ever";
      expect(said("settled", forgetful)).to.deep.equal([
        `hotel reserves room on trip.wished, ${why}`,
        `airline reserves seat on room.reserved, ${why}`,
        `bank reserves fee on seat.reserved, trip.undone, ${why}`,
      ]);
    });

    it("finds holds in a flow without any ending", () => {
      const endless: Sketch = {
        facts: {
          "tea.ordered": ["guest/order"],
          "tea.reserved": ["kitchen/pot", "end"],
          "tea.rejected": ["kitchen/pot", "end"],
        },
        services: {
          guest: { aggregate: "order", commands: { order: ["tea.ordered"] } },
          kitchen: { aggregate: "pot", reactions: { "tea.ordered": ["tea.reserved", "tea.rejected"] } },
        },
      };
      expect(said("settled", endless)).to.deep.equal([
        "kitchen reserves pot on tea.ordered, and its flow has no ending: a release and a confirmation are retried for ever",
      ]);
    });
  });

  describe("released", () => {
    it("finds a failure that somebody hears, and that leads to no release", () => {
      expect(said("released", reacting(trip, "agency", "seat.rejected", []))).to.deep.equal([
        "after seat.rejected nothing settles what is held: room of hotel, seat of airline, fee of bank",
      ]);
    });

    it("finds a failure after which one hold is not released", () => {
      expect(said("released", deafTo(trip, "airline", "trip.undone"))).to.deep.equal([
        "after room.rejected nothing settles what is held: seat of airline",
        "after seat.rejected nothing settles what is held: seat of airline",
        "after fee.failed nothing settles what is held: seat of airline",
      ]);
    });

    it("finds an effect that failed and released nothing", () => {
      const stubborn = deafTo(trip, "agency", "fee.failed");
      expect(said("released", stubborn)).to.deep.equal([
        "after fee.failed nothing settles what is held: room of hotel, seat of airline, fee of bank",
      ]);
    });

    it("finds a failure that leads to an ending of its own, which one hold does not hear", () => {
      const own = reacting(withFact(trip, "trip.dropped", ["agency/trip", "forever"]), "agency", "seat.rejected", [
        "trip.dropped",
      ]);
      const heard = reacting(reacting(own, "airline", "trip.dropped", []), "bank", "trip.dropped", []);
      expect(said("released", heard)).to.deep.equal([
        "after seat.rejected nothing settles what is held: room of hotel",
      ]);
    });
  });

  describe("ends", () => {
    const volley: Sketch = {
      facts: { "ball.served": ["anna/game"], "ball.hit": ["bert/match"], "ball.returned": ["anna/game"] },
      services: {
        anna: { aggregate: "game", commands: { serve: ["ball.served"] }, reactions: { "ball.hit": ["ball.returned"] } },
        bert: { aggregate: "match", reactions: { "ball.served": ["ball.hit"], "ball.returned": ["ball.hit"] } },
      },
    };

    it("finds a cycle that nothing leads out of", () => {
      expect(said("ends", volley)).to.deep.equal(["a cycle has no way out: ball.hit → ball.returned → ball.hit"]);
    });

    it("finds a fact that leads to itself", () => {
      const echo = reacting(volley, "bert", "ball.hit", ["ball.hit"]);
      expect(said("ends", deafTo(echo, "anna", "ball.hit"))).to.deep.equal([
        "a cycle has no way out: ball.hit → ball.hit",
      ]);
    });

    it("is not content that another hearer of the cycle leads out of it", () => {
      const watched: Sketch = {
        facts: { ...volley.facts, "score.noted": ["judge/score", "end"] },
        services: { ...volley.services, judge: { aggregate: "score", reactions: { "ball.hit": ["score.noted"] } } },
      };
      expect(said("ends", watched)).to.have.length(1);
    });

    it("passes a cycle that one of its own reactions can leave", () => {
      const missed = withFact(volley, "ball.missed", ["anna/game", "end"]);
      expect(said("ends", reacting(missed, "anna", "ball.hit", ["ball.returned", "ball.missed"]))).to.deep.equal([]);
    });

    it("finds one closed cycle beside an open one", () => {
      const missed = withFact(volley, "ball.missed", ["anna/game", "end"]);
      const open = reacting(missed, "anna", "ball.hit", ["ball.returned", "ball.missed"]);
      const both = reacting(withFact(open, "ball.bounced", ["bert/match"]), "bert", "ball.bounced", ["ball.bounced"]);
      expect(said("ends", both)).to.deep.equal(["a cycle has no way out: ball.bounced → ball.bounced"]);
    });
  });
});
