// A service of another team: a point for every whole unit of money that a user has spent.

import { one, service, vocabulary } from "@pavane/choreography";
import { catalogue, type Facts } from "@pavane/contracts";
import { runService } from "@pavane/service";
import { int8, table, text } from "@pavane/store";

type Completed = Facts["order.completed"];

interface Account {
  readonly userId: string;
  readonly points: bigint;
}

const accounts = table<Account>("account", { key: "userId", columns: { userId: text, points: int8 } });

// Pure: what there is and what was heard in, what is now so out. No clock, no database, nothing to await.
function earn({ account }: { readonly account: Account | undefined }, { purchase }: Completed) {
  const points = (account?.points ?? 0n) + purchase.total.minorUnits / 100n;
  return { next: { account: { userId: purchase.userId, points } } };
}

// All that it does: on order.completed, once an event, announcing nothing, with the user's account, earn.
const { once } = vocabulary(catalogue);
const account = { account: one(accounts, ({ purchase }: Completed) => purchase.userId) };
const reactions = [once("order.completed", [], account, earn)];

runService("loyalty", {}, () => ({
  definition: service({ name: "loyalty", catalogue, tables: [accounts], reactions }),
  migrations: new URL("../../example/migrations/", import.meta.url),
}));
