// Who makes a participant reserve and release: the facts it hears, or the saga of an orchestrated purchase.

import { concerning, type Context, type Decision, Unexpected } from "@pavane/kernel";
import { type Purchase, PurchaseMode } from "./gen/contexts/purchase.js";

/** Takes a participant's decision for choreographed purchases only: an orchestrated one's saga sends commands instead. */
export function choreographed<State, Fact extends OfPurchase, Next, Event, Effect>(
  decide: ((state: State, fact: Fact, context: Context) => Decision<Next, Event, Effect>) & {
    readonly concerns?: (fact: Fact) => boolean;
  },
) {
  return concerning(({ purchase }: Fact) => purchase.mode !== PurchaseMode.ORCHESTRATED, decide);
}

interface OfPurchase {
  readonly purchase: Purchase;
}

/**
 * Takes the same decision on a saga's command. One order is never driven by both: a command for a choreographed purchase
 * throws Unexpected.
 */
export function orchestrated<State, Command, Next, Event, Effect>(
  decide: (state: State, command: Command, context: Context) => Decision<Next, Event, Effect>,
): (
  state: State,
  command: Command & { readonly purchase: Purchase },
  context: Context,
) => Decision<Next, Event, Effect> {
  return (state, command, context) => {
    const { mode, orderId } = command.purchase;
    if (mode !== PurchaseMode.ORCHESTRATED) throw new Unexpected(`order ${orderId} has no saga: it is choreographed`);
    return decide(state, command, context);
  };
}
