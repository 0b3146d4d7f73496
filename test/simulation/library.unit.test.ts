import { explore, laws } from "@pavane/choreography/simulator";
import { expect } from "chai";
import { lending } from "./example/scenario.js";

describe("the example: a lending library", () => {
  it("ends well in every order of events", () => {
    const whole = explore(lending, { reduce: false });
    expect(whole).to.deep.include({ violations: [], complete: true });
    expect(explore(lending)).to.deep.include({ violations: [], complete: true, endings: whole.endings });
  });

  it("does not, once putting a copy back leaves no tombstone", () => {
    const services = lending.services.map((service) => ({
      ...service,
      reactions: new Map(
        [...service.reactions].map(([name, rule]) => {
          const decide: typeof rule.decide = (state, input, context) => {
            const { keep } = state as { readonly keep?: { readonly state: string } };
            return rule.decide(
              keep?.state === "BACK" ? { ...(state as object), keep: undefined } : state,
              input,
              context,
            );
          };
          return [name, name === "loan.asked" ? { ...rule, decide } : rule] as const;
        }),
      ),
    }));
    const [violation] = explore({ ...lending, services }).violations;
    expect(violation?.rule).to.equal(laws.redelivery);
  });
});
