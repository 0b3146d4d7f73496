// One way on from a state: who changes, into what, by which step.

import type { Trouble } from "./local.js";

/** Where a step leads. */
export interface Led {
  /** The number of the site's new state. */
  readonly to: number;
  /** What is wrong with the step, or with the state it leads to. */
  readonly trouble: Trouble | undefined;
}

/** What is known of a step before it is taken. */
interface Known {
  /** The one site that it changes: a service, or the outside. */
  readonly site: number;
  readonly step: number;
  /** Whether it must happen at last; the others may. */
  readonly obliged: boolean;
  /** The name of the input that is handled; empty for a request to the outside and for a fault. */
  readonly input: string;
  /** Answers to one request are alternatives and share its number; -1 for the rest. */
  readonly choice: number;
}

/** One way on. Where it leads is worked out when it is first asked for, and kept. */
export class Arc {
  readonly site: number;
  readonly step: number;
  readonly obliged: boolean;
  readonly input: string;
  readonly choice: number;
  #led: Led | undefined;
  readonly #lead: () => Led;

  constructor({ site, step, obliged, input, choice }: Known, lead: () => Led) {
    this.site = site;
    this.step = step;
    this.obliged = obliged;
    this.input = input;
    this.choice = choice;
    this.#lead = lead;
  }

  get to(): number {
    return (this.#led ??= this.#lead()).to;
  }

  get trouble(): Trouble | undefined {
    return (this.#led ??= this.#lead()).trouble;
  }
}
