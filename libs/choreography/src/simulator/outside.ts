// The outside world as its callers may meet it: a request is lost, or done with an answer that may be lost, once a key.

import { Arc } from "./arc.js";
import { canonical } from "./canonical.js";
import type { Trouble } from "./local.js";
import { Register, type Registry } from "./registry.js";
import type { Deed, Scenario } from "./scenario.js";

/** A state of the outside: what it did, and what is wrong with that. */
export interface OutsideState {
  readonly number: number;
  /** Effect number and result number of each deed, sorted. */
  readonly deeds: readonly (readonly [effect: number, result: number])[];
  readonly trouble: Trouble | undefined;
  /** The first requests it may get, by effect; filled when first needed. */
  readonly calls: Map<number, readonly Arc[]>;
}

/** The outside. A request under a key that it knows is answered as before: nothing happens. */
export class Outside {
  readonly #states = new Register<OutsideState>();

  constructor(
    readonly site: number,
    readonly registry: Registry,
    readonly scenario: Scenario,
  ) {
    this.#intern([]);
  }

  get(number: number): OutsideState {
    return this.#states.get(number);
  }

  /** What it has answered, or would answer again, to an effect. */
  results({ deeds }: OutsideState, effect: number): readonly number[] {
    return deeds.flatMap(([of, result]) => (of === effect ? [result] : []));
  }

  /** The ways a request may go that it has not answered yet: one for each answer it may give. */
  calls(state: OutsideState, effect: number): readonly Arc[] {
    const answered = this.results(state, effect).length;
    if (answered >= (this.scenario.faults?.freshKeys === true ? 2 : 1)) return [];
    let calls = state.calls.get(effect);
    if (calls === undefined) {
      calls = this.answers(effect).map((answer) => this.#call(state, effect, answer, answered));
      state.calls.set(effect, calls);
    }
    return calls;
  }

  /** What it did, as rules read it. */
  deeds({ deeds }: Pick<OutsideState, "deeds">): Deed[] {
    return deeds.map(([effect, number]) => {
      const { kind, key, input } = this.registry.effects.get(effect);
      return { kind, key, input, result: this.registry.results.get(number) };
    });
  }

  /** The numbers of all answers it may give to an effect. Throws TypeError when the scenario does not say. */
  answers(effect: number): readonly number[] {
    const { kind, key, input } = this.registry.effects.get(effect);
    const answers = this.scenario.outside?.[kind];
    if (answers === undefined) throw new TypeError(`${this.scenario.name} does not say what may answer effect ${kind}`);
    return answers(input as never, key).map((answer) => this.registry.result(answer));
  }

  #call(state: OutsideState, effect: number, answer: number, answered: number): Arc {
    const { key } = this.registry.effects.get(effect);
    const again = answered === 0 ? "" : ", which it takes for another,";
    const label = `the outside gets ${key}${again} and answers ${canonical(this.registry.results.get(answer))}`;
    const step = this.registry.step("call", "the outside", label);
    return new Arc({ site: this.site, step, obliged: true, input: "", choice: effect }, () => {
      const next = this.#intern([...state.deeds, [effect, answer]]);
      return { to: next.number, trouble: next.trouble };
    });
  }

  #intern(unsorted: OutsideState["deeds"]): OutsideState {
    const deeds = unsorted.toSorted(([one, left], [other, right]) => one - other || left - right);
    const number = this.#states.number(deeds.join(";"), (fresh) => {
      return { number: fresh, deeds, trouble: this.#wrong(deeds), calls: new Map() };
    });
    return this.#states.get(number);
  }

  #wrong(deeds: OutsideState["deeds"]): Trouble | undefined {
    for (const { name, broken } of this.scenario.deeds ?? []) {
      const message = broken(this.deeds({ deeds }));
      if (message !== undefined) return { rule: name, message };
    }
    return undefined;
  }
}
