-- The ledger: outbox, receipts and cursor of the relay, inbox, leases. Append-only tables are partitioned by day and
-- dropped whole; only lease and heartbeat rows are ever updated.

-- CACHE 1: a session that draws numbers ahead would give a later version a smaller position.
create sequence outbox_position as bigint cache 1;

create table outbox (
  id          uuid     not null primary key,
  -- Declared before position: assigned before the number is drawn, so that the finder sees who may still be writing.
  xid         xid8     not null default pg_current_xact_id(),
  position    bigint   not null default nextval('outbox_position'),
  part        smallint not null,
  aggregate   text     not null,
  version     bigint   not null,
  type        text     not null,
  order_id    text,
  traceparent text,
  message     bytea    not null,
  created     timestamptz not null default now()
) partition by range (id);

create index outbox_part_position on outbox (part, position);
create index outbox_xid_position on outbox (xid, position);
create index outbox_aggregate_version on outbox (aggregate, version);

-- What the broker has acknowledged: one row a flush. A fact may have several receipts.
create table receipt (
  relay          text     not null,
  token          bigint   not null,
  stream         text     not null,
  stream_created timestamptz not null,
  at             timestamptz not null default now(),
  min_position   bigint   not null,
  max_position   bigint   not null,
  positions      bigint[] not null,
  sequences      bigint[] not null
) partition by range (at);

create index receipt_max_position on receipt (max_position, min_position);

-- Everything of a part up to `position` that is visible in `snapshot` has been published (or is stuck).
create table relay_cursor (
  relay             text        not null,
  token             bigint      not null,
  part              smallint    not null,
  position          bigint      not null,
  snapshot          pg_snapshot not null,
  -- No row at or below this position is looked for late: xids from before a restore mean nothing.
  floor             bigint      not null default 0,
  system_identifier bigint      not null,
  timeline          integer     not null,
  at                timestamptz not null default clock_timestamp()
) partition by range (at);

create index relay_cursor_part_token on relay_cursor (part, token, at);

create table inbox (
  id       uuid not null,
  reaction text not null,
  at       timestamptz not null default now(),
  primary key (id, reaction)
) partition by range (id);

create sequence lease_token as bigint;

create table lease (
  part  smallint not null primary key,
  owner text,
  token bigint   not null
);

insert into lease (part, owner, token) select part, null, 0 from generate_series(0, 15) as part;

create table heartbeat (
  replica text        not null primary key,
  at      timestamptz not null
) with (fillfactor = 50);

-- Facts that the broker refused for good, and the later facts of their aggregates, message and all, for an operator.
create table outbox_stuck (
  position  bigint not null primary key,
  id        uuid   not null,
  part      smallint not null,
  aggregate text   not null,
  version   bigint not null,
  type      text   not null,
  message   bytea  not null,
  reason    text   not null,
  at        timestamptz not null default now()
);

create index outbox_stuck_aggregate on outbox_stuck (aggregate, version);
