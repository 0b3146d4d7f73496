// The inbox: which reaction has already handled which event, claimed in the transaction that handles it.
import type { Statement } from "./burst.js";

/**
 * Claims events for reactions (arrays of ids and of reactions); answers the rows (id, reaction) that are now this transaction's to handle. A claim not
 * answered was handled before. Sorted, so that overlapping batches of two replicas cannot deadlock. Every id must be
 * within the range that `Partitions.inboxRange` tells: one outside fails the whole batch.
 */
export const claimInbox: Statement = {
  name: "inbox.claim",
  text: `
    insert into inbox (id, reaction)
    select id, reaction from unnest($1::uuid[], $2::text[]) as claim (id, reaction)
    order by id, reaction
    on conflict do nothing
    returning id, reaction`,
};
