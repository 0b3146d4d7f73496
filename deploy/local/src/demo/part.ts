// What a scenario tells while it plays: its lines, kept until somebody shows them.
import type { Scenario } from "./scenario.js";
import type { Outcome } from "./verdict.js";
import type { Sighting } from "./witness.js";

/** One line of a timeline. */
export interface Line {
  /** Milliseconds since the order was sent. */
  readonly at: number;
  /** The service that announced a fact, or the person who did something. */
  readonly who: string;
  readonly what: string;
  readonly detail: string;
  readonly kind: "fact" | "act";
}

/** How a purchase went. */
export interface Result {
  readonly scenario: string;
  readonly mode: string;
  readonly orderId: string;
  readonly expected: { readonly outcome: string; readonly code: string; readonly facts: readonly string[] };
  readonly outcome: string;
  readonly code: string;
  /** In the order in which they were announced. */
  readonly facts: readonly { readonly fact: string; readonly service: string; readonly milliseconds: number }[];
  /** From the order being sent to its last fact. */
  readonly milliseconds: number;
  /** What is not as expected; empty when all is. */
  readonly problems: readonly string[];
}

/** A scenario's part on the stage: written while it plays, read by whoever shows it. */
export interface Part {
  readonly scenario: Scenario;
  readonly orderId: string;
  say(line: Line): void;
  /** The play is over. */
  end(result: Result): void;
  /** The next line, once it is there; undefined when there is none any more. */
  next(): Promise<Line | undefined>;
  /** How it went, once it is over. */
  readonly result: Promise<Result>;
}

/** A part in which nothing was said yet. */
export function makePart(scenario: Scenario, orderId: string): Part {
  const lines: Line[] = [];
  let told = 0;
  let over = false;
  let wake: () => void = () => undefined;
  let finish: (result: Result) => void = () => undefined;
  const result = new Promise<Result>((done) => {
    finish = done;
  });
  return {
    scenario,
    orderId,
    result,
    say: (line) => {
      lines.push(line);
      wake();
    },
    end: (how) => {
      over = true;
      finish(how);
      wake();
    },
    next: async () => {
      while (told === lines.length && !over) {
        await new Promise<void>((done) => {
          wake = done;
        });
      }
      const line = lines[told];
      told += 1;
      return line;
    },
  };
}

/** What came of a play. */
export interface Played {
  /** When the order was sent. */
  readonly start: number;
  readonly outcome: Outcome;
  readonly facts: readonly Sighting[];
  readonly problems: readonly string[];
}

/** A play as its result. */
export function resultOf({ name, mode = "CHOREOGRAPHED", ends }: Scenario, orderId: string, played: Played): Result {
  const { start, outcome, problems } = played;
  const facts = [...played.facts]
    .map(({ fact, owner, time }) => ({ fact, service: owner, milliseconds: time.getTime() - start }))
    .sort((a, b) => a.milliseconds - b.milliseconds);
  return {
    scenario: name,
    mode,
    orderId,
    expected: { outcome: ends.outcome, code: ends.code ?? "", facts: ends.facts },
    ...outcome,
    facts,
    milliseconds: facts.at(-1)?.milliseconds ?? 0,
    problems,
  };
}
