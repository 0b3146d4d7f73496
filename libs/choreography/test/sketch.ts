// Choreographies in a few lines, right or wrong: what the map is tried on. Nothing here decides anything.

import { type FactType, nothing } from "@pavane/kernel";
import { table, text } from "@pavane/store";
import { one } from "../src/index.js";
import type { AnyRule, Command, Due, Outcome, Reaction, ServiceDefinition } from "../src/index.js";

/** A fact: `owner/aggregate`, and what else it is. */
export type FactSketch = readonly [place: string, ...marks: ("forever" | "end")[]];

/** A service: its rows' kind of aggregate, and what it announces on what. */
export interface ServiceSketch {
  readonly aggregate: string;
  readonly reactions?: Readonly<Record<string, readonly string[]>>;
  readonly commands?: Readonly<Record<string, readonly string[]>>;
  readonly dues?: Readonly<Record<string, readonly string[]>>;
  readonly outcomes?: Readonly<Record<string, readonly string[]>>;
}

/** Facts and services by name. */
export interface Sketch {
  readonly facts: Readonly<Record<string, FactSketch>>;
  readonly services: Readonly<Record<string, ServiceSketch>>;
}

/** Definitions as `service()` makes them, without what it refuses: the map must find it in anybody's data. */
export function services({ facts, services: sketches }: Sketch): ServiceDefinition[] {
  const types = new Map(Object.entries(facts).map(([name, fact]) => [name, factType(name, fact)]));
  return Object.entries(sketches).map(([name, sketch]) => {
    const rows = table<{ readonly key: string }>(`${name}_row`, {
      ...{ key: "key", columns: { key: text }, aggregate: sketch.aggregate },
    });
    const slots = { row: one(rows, (): string => "key") };
    const rule = (announces: readonly string[]) => ({ announces, slots, decide: nameless() });
    const all = <Rule extends AnyRule>(
      kind: Readonly<Record<string, readonly string[]>> = {},
      make: (name: string, announces: readonly string[]) => Rule,
    ): Rule[] => Object.entries(kind).map(([of, announces]) => make(of, announces));
    const reactions = all(sketch.reactions, (on, out): Reaction => {
      return { kind: "reaction", guard: "commutes", on, ...rule(out) };
    });
    const commands = Object.entries(sketch.commands ?? {}).map(([of, out]): [string, Command<never, unknown>] => {
      return [of, { kind: "command", respond: () => undefined, ...rule(out) }];
    });
    const dues = all(sketch.dues, (of, out): Due => {
      return { kind: "due", name: of, table: slots.row.table, ...rule(out) };
    });
    const outcomes = all(sketch.outcomes, (of, out): Outcome => ({ kind: "outcome", effect: of, ...rule(out) }));
    return {
      ...{ name, catalogue: {}, facts: types, tables: [slots.row.table], dues },
      reactions: new Map(reactions.map((reaction) => [reaction.on, reaction])),
      commands: new Map(commands),
      outcomes: new Map(outcomes.map((outcome) => [outcome.effect, outcome])),
    };
  });
}

/** A decision without a name of its own, as those are that a policy makes. */
function nameless(): () => typeof nothing {
  return () => nothing;
}

function factType(name: string, [place, ...marks]: FactSketch): FactType<string, unknown> {
  const [owner = "", aggregate = ""] = place.split("/");
  const codec = { encode: unused, decode: unused, toJSON: unused, fromJSON: unused };
  return {
    ...{ name, owner, aggregate, message: `toy.${name}`, codec },
    forever: marks.includes("forever"),
    end: marks.includes("end"),
    subjectOf: unused,
    orderIdOf: () => undefined,
  };
}

function unused(): never {
  throw new Error("the map reads tables; it never runs them");
}

/** A trip: a room and a seat are set aside, and a card is charged for them by an effect. All is well with it. */
export const trip: Sketch = {
  facts: {
    "trip.wished": ["agency/trip"],
    "room.reserved": ["hotel/room"],
    "room.rejected": ["hotel/room"],
    "seat.reserved": ["airline/seat"],
    "seat.rejected": ["airline/seat"],
    "fee.charged": ["bank/fee"],
    "fee.failed": ["bank/fee"],
    "trip.booked": ["agency/trip", "forever"],
    "trip.undone": ["agency/trip", "forever"],
    "room.released": ["hotel/room", "forever"],
    "seat.released": ["airline/seat", "forever"],
    "fee.refunded": ["bank/fee", "forever"],
    "trip.closed": ["agency/trip", "end"],
  },
  services: {
    agency: {
      aggregate: "trip",
      commands: { wish: ["trip.wished"], forget: ["trip.undone"] },
      dues: { expire: ["trip.undone"] },
      reactions: {
        "room.rejected": ["trip.undone"],
        "seat.rejected": ["trip.undone"],
        "fee.failed": ["trip.undone"],
        "fee.charged": ["trip.booked"],
        "room.released": ["trip.closed"],
        "seat.released": ["trip.closed"],
        "fee.refunded": ["trip.closed"],
      },
    },
    hotel: {
      aggregate: "room",
      reactions: {
        "trip.wished": ["room.reserved", "room.rejected"],
        "trip.booked": [],
        "trip.undone": ["room.released"],
      },
    },
    airline: {
      aggregate: "seat",
      reactions: {
        "room.reserved": ["seat.reserved", "seat.rejected"],
        "trip.booked": [],
        "trip.undone": ["seat.released"],
      },
    },
    bank: {
      aggregate: "fee",
      reactions: { "seat.reserved": [], "trip.undone": ["fee.refunded"] },
      outcomes: { charge: ["fee.charged", "fee.failed"], refund: ["fee.refunded"] },
    },
  },
};

/** A sketch in which one service is another. */
export function withService(sketch: Sketch, name: string, change: (service: ServiceSketch) => ServiceSketch): Sketch {
  const service = sketch.services[name];
  if (service === undefined) throw new Error(`there is no service ${name}`);
  return { ...sketch, services: { ...sketch.services, [name]: change(service) } };
}

/** A sketch in which a service does not hear a fact. */
export function deafTo(sketch: Sketch, name: string, fact: string): Sketch {
  return withService(sketch, name, ({ reactions = {}, ...rest }) => ({
    ...rest,
    reactions: Object.fromEntries(Object.entries(reactions).filter(([on]) => on !== fact)),
  }));
}

/** A sketch in which a service announces these on that, whatever it did before. */
export function reacting(sketch: Sketch, name: string, on: string, announces: readonly string[]): Sketch {
  return withService(sketch, name, (service) => ({
    ...service,
    reactions: { ...service.reactions, [on]: announces },
  }));
}

/** A sketch with another fact, or a fact declared otherwise. */
export function withFact(sketch: Sketch, name: string, fact: FactSketch): Sketch {
  return { ...sketch, facts: { ...sketch.facts, [name]: fact } };
}
