// A bell tower and a village that hears it: a small system outside the shop's domain, to test the simulator with.

import {
  type Announcement,
  type Catalogue,
  type Codec,
  type Decision,
  type EffectRequest,
  type FactType,
  nothing,
} from "@pavane/kernel";
import { int4, json, optional, table, text, time } from "@pavane/store";
import { one, service, vocabulary } from "../src/index.js";
import { explore, type Scenario } from "../src/simulator/index.js";

export interface Rung {
  readonly bellId: string;
}
interface Facts {
  readonly "bell.rung": Rung;
  readonly "bell.heard": Rung;
}

const codec: Codec<Rung> = {
  encode: (data) => ({ finish: () => Buffer.from(JSON.stringify(data)) }),
  decode: (bytes) => JSON.parse(Buffer.from(bytes).toString()) as Rung,
  toJSON: (data) => data,
  fromJSON: (data) => data as Rung,
};
const fact = <Name extends keyof Facts>(name: Name, owner: string, forever: boolean): FactType<Name, Rung> => ({
  ...{ name, owner, aggregate: owner, forever, end: false, message: `toy.${name}`, codec },
  subjectOf: ({ bellId }) => bellId,
  orderIdOf: () => undefined,
});
export const catalogue: Catalogue<Facts> = {
  "bell.rung": fact("bell.rung", "tower", true),
  "bell.heard": fact("bell.heard", "village", false),
};

interface Bell {
  readonly bellId: string;
  readonly rings: number;
  readonly next: Date | undefined;
}
export interface Ear {
  readonly bellId: string;
  readonly heard: number;
  readonly answers: readonly string[];
}
const bells = table<Bell>("bell", {
  key: "bellId",
  aggregate: "tower",
  due: "next",
  columns: { bellId: text, rings: int4, next: optional(time) },
});
export const ears = table<Ear>("ear", {
  key: "bellId",
  aggregate: "village",
  columns: { bellId: text, heard: int4, answers: json<readonly string[]>() },
});
const bell = { bell: one(bells, ({ bellId }: Rung) => bellId) };
export const ear = { ear: one(ears, ({ bellId }: Rung) => bellId) };
const words = vocabulary(catalogue);
const { due } = words;
export const { command, commutes, once, outcome } = words;

type Tower = { readonly bell: Bell | undefined };
export type Village = { readonly ear: Ear | undefined };
type Said<Name extends keyof Facts> = Announcement<Name, Rung>;

/** Rings once; what happens at its time differs from test to test. */
export const tower = (atItsTime?: (bell: Bell) => Bell | undefined) =>
  service({
    name: "tower",
    catalogue,
    tables: [bells],
    reactions: [],
    commands: {
      ring: command(
        ["bell.rung"],
        bell,
        ({ bell: there }: Tower, { bellId }: Rung, { now }): Decision<{ bell: Bell }, Said<"bell.rung">> =>
          there !== undefined
            ? nothing
            : {
                next: { bell: { bellId, rings: 1, next: atItsTime && new Date(now.getTime() + 1_000) } },
                events: [{ type: "bell.rung", data: { bellId } }],
              },
        () => ({}),
      ),
    },
    dues: [
      due(
        "strike",
        bells,
        [],
        { bell: one(bells, (key: string) => key) },
        ({ bell: there }): Decision<{ bell: Bell }> => {
          const next = there === undefined ? undefined : atItsTime?.(there);
          return next === undefined ? nothing : { next: { bell: next } };
        },
      ),
    ],
  });

export type Hears = (
  state: Village,
  rung: Rung,
) => Decision<{ ear: Ear }, Said<"bell.heard">, EffectRequest<string, { readonly bellId: string }>>;
export const counts: Hears = ({ ear: there }, { bellId }) => ({
  next: { ear: { bellId, heard: (there?.heard ?? 0) + 1, answers: [] } },
});
export const knows: Hears = (state, rung) => (state.ear === undefined ? counts(state, rung) : nothing);

export const village = (guard: typeof commutes, hears: Hears) =>
  service({ name: "village", catalogue, tables: [ears], reactions: [guard("bell.rung", ["bell.heard"], ear, hears)] });

export const ring = (bellId: string) => ({ service: "tower", command: "ring", request: { bellId } });
export const scenario = (changes: Partial<Scenario>): Scenario => ({
  ...{ name: "bells", services: [tower(), village(commutes, knows)], asks: [ring("a"), ring("b")] },
  ...changes,
});
export const broken = (changes: Partial<Scenario>) => explore(scenario(changes)).violations;
