// The SQL by which the ledger is read.

import type { Statement } from "./burst.js";

/** What identifies the database, as text behind the snapshot. */
const header = `
  concat_ws(' ', pg_current_snapshot()::text, (select system_identifier from pg_control_system()),
            (select timeline_id from pg_control_checkpoint()), extract(epoch from pg_postmaster_start_time()))`;

/**
 * Each index scan is bounded by one comparison only: of two, Postgres may start at the lower, and read the whole index. A
 * row committed after the poll's first statement is left to the next poll, so that one snapshot holds for all pages.
 */
const lateRow = `
  o.position <= $4::bigint and o.part = any ($2::smallint[])
  and ($10::pg_snapshot is null or pg_visible_in_snapshot(o.xid, $10::pg_snapshot))`;

/**
 * What each poll reads: late rows, new rows, and the snapshot they are seen in; `limit` rows of each at most. $1 snapshot,
 * $2 parts, $3 their positions, $4 the highest of these, $5 the floor, $6 and $7 where the page of those in progress starts,
 * $8 and $9 where the page of those above the snapshot starts, $10 the snapshot of the first page.
 */
export function findStatement(limit: number): Statement {
  const columns = "o.id, o.position, o.part, o.aggregate, o.version, o.xid";
  return {
    name: `cursor.find.${limit}`,
    text: `
      with late as (
        -- The transactions that were in progress in the cursor's snapshot, and may have committed since.
        (select ${columns} from pg_snapshot_xip($1::pg_snapshot) as writer (xid)
         cross join lateral (
           select ${columns} from outbox o
           where o.xid = writer.xid and o.position > case when writer.xid = $6::xid8 then $7::bigint else $5::bigint end
             and ${lateRow}
           order by o.position limit ${limit}) as o
         where writer.xid >= $6::xid8
         order by o.xid, o.position limit ${limit})
        union all
        -- Those that took their xid after the snapshot, and yet a position below the cursor's.
        (select ${columns} from outbox o
         where (o.xid, o.position) > ($8::xid8, $9::bigint) and o.position > $5::bigint and ${lateRow}
         order by o.xid, o.position limit ${limit})),
      fresh as (
        select ${columns} from unnest($2::smallint[], $3::bigint[]) as c (part, head)
        cross join lateral (
          select ${columns} from outbox o
          where o.part = c.part and o.position > c.head
            and ($10::pg_snapshot is null or pg_visible_in_snapshot(o.xid, $10::pg_snapshot))
          order by o.position limit ${limit}) as o
        order by o.position limit ${limit})
      select 2 as kind, null::uuid, null::bigint, null::smallint, ${header}, null::bigint, null::xid8
      union all select 0, * from late
      union all select 1, * from fresh`,
  };
}

/**
 * For the finder's transaction alone. A plan made while the ledger is small would otherwise read and sort all there is for
 * each page, long after it has grown; and planning over a week of partitions costs more than a poll.
 */
export const finderSettings: Statement = {
  name: "cursor.settings",
  text: `select set_config('enable_bitmapscan', 'off', true), set_config('enable_sort', 'off', true),
                set_config('plan_cache_mode', 'force_generic_plan', true)`,
};

/** The newest cursor of each part, that of the latest lease first. */
export const storedCursors: Statement = {
  name: "cursor.stored",
  text: `
    select p.part, c.position, c.snapshot::text as snapshot, c.floor, c.system_identifier as system, c.timeline,
           ${header} as header
    from unnest($1::smallint[]) as p (part)
    left join lateral (
      select * from relay_cursor c where c.part = p.part order by c.token desc, c.at desc limit 1) as c on true`,
};

/** Waits for all writers, and holds new ones up for a moment. */
export const lockOutbox: Statement = { name: "cursor.lock", text: "lock table outbox in share mode" };
/** So that the wait for one slow writer does not hold up the others for long. */
export const lockTimeout: Statement = { name: "cursor.patience", text: "set local lock_timeout = '2s'" };
/** Where the outbox ends. */
export const outboxEnd: Statement = {
  name: "cursor.end",
  text: `select coalesce(max(position), 0) as position, pg_current_snapshot()::text as snapshot from outbox`,
};
/** What has neither a receipt nor been put aside, by comparing everything. */
export const unpublishedFacts: Statement = {
  name: "cursor.unpublished",
  text: `
    with acked as materialized (select unnest(positions) as position from receipt)
    select o.id, o.position, o.part, o.aggregate, o.version from outbox o
    where o.part = any ($1::smallint[]) and o.position <= $2
      and not exists (select from acked where acked.position = o.position)
      and not exists (select from outbox_stuck s where s.position = o.position)
    order by o.position`,
};

/** The bytes of facts. */
export const factMessages: Statement = {
  name: "cursor.messages",
  text: "select position, type, message from outbox where id = any ($1::uuid[])",
};
