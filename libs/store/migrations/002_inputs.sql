-- What the engine keeps beside outbox and inbox: effects, failed messages, the audit log.

create table effect (
  key text primary key,
  kind text not null,
  input jsonb not null,
  state text not null default 'PENDING' check (state in ('PENDING', 'DONE')),
  attempts integer not null default 1 check (attempts > 0),
  due_at timestamptz not null,
  last_error text,
  order_id text,
  result jsonb,
  created_at timestamptz not null default now(),
  done_at timestamptz,
  check ((state = 'DONE') = (done_at is not null))
);
create index effect_due on effect (due_at) where state = 'PENDING';

create table failed_message (
  id text not null,
  reaction text not null,
  state text not null default 'RETRYING' check (state in ('RETRYING', 'DEAD', 'RESOLVED', 'SKIPPED')),
  attempts integer not null default 1 check (attempts > 0),
  due_at timestamptz not null,
  subject text not null,
  order_id text,
  message bytea not null,
  error text not null,
  resolution text,
  actor text,
  failed_at timestamptz not null default now(),
  changed_at timestamptz not null default now(),
  primary key (id, reaction)
);
create index failed_message_due on failed_message (due_at) where state = 'RETRYING';
create index failed_message_open on failed_message (failed_at, id) where state in ('RETRYING', 'DEAD');

create table transaction_log (
  id uuid not null,
  at timestamptz not null default now(),
  cause text not null,
  cause_id text not null,
  actor text not null,
  order_id text,
  aggregates text[] not null,
  facts text[] not null,
  changes json not null
);
create index transaction_log_order on transaction_log (order_id, at) where order_id is not null;
create index transaction_log_aggregates on transaction_log using gin (aggregates);
create index transaction_log_at on transaction_log using brin (at);
