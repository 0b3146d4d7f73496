// The three outcomes of a decision: accepted, nothing to do, refused.

/** A fact a decision wants announced; the engine gives it id, version, time and trace. */
export interface Announcement<Name extends string, Data> {
  readonly type: Name;
  readonly data: Data;
}

/** A call to the outside world that a decision asks for: made after the commit, under its key, until its outcome is known. */
export interface EffectRequest<Kind extends string, Input> {
  readonly kind: Kind;
  /** The idempotency key: the same for ever for the same wish, unique over all effects of the service. */
  readonly key: string;
  readonly input: Input;
}

/**
 * What a decision wants changed. `next` holds the new state of the slots that change (a slot left out stays as it is),
 * `events` the facts to announce, `effects` the calls to make. All of it commits in one transaction, or none.
 */
export interface Decision<Next, Event = never, Effect = never> {
  readonly next?: Next;
  readonly events?: readonly Event[];
  readonly effects?: readonly Effect[];
}

/** Nothing to do: the input was heard before, or says nothing to this state. */
export const nothing: Decision<never> = Object.freeze({});

/** What a decision may know beside state and input: time and ids are inputs, never read from a clock. */
export interface Context {
  /** The transaction's time by the database's clock. */
  readonly now: Date;
  /** A UUIDv7 of this input, the same at every redelivery of a fact: ids of new things are derived from it. */
  readonly id: string;
  /** For a fact: the version its aggregate had. Otherwise 0. */
  readonly version: bigint;
}

/** A decision, and which facts it is about, where that is not all of them. */
type Decide<State, Fact, Made> = ((state: State, fact: Fact, context: Context) => Made) & {
  readonly concerns?: (fact: Fact) => boolean;
};

/**
 * Takes a decision on those facts only that `concerns` and the decision's own `concerns` hold for. On any other there is
 * nothing to do, whatever the state: the engine acknowledges it without loading a row.
 */
export function concerning<State, Fact, Next, Event, Effect>(
  concerns: (fact: Fact) => boolean,
  decide: Decide<State, Fact, Decision<Next, Event, Effect>>,
) {
  const both = (fact: Fact): boolean => concerns(fact) && (decide.concerns?.(fact) ?? true);
  const decides = (state: State, fact: Fact, context: Context): Decision<Next, Event, Effect> =>
    both(fact) ? decide(state, fact, context) : nothing;
  return Object.assign(decides, { concerns: both });
}
