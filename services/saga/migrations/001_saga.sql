-- Sagas and their logs: what every service that conducts sagas keeps. Copy it into the service's migrations.

create table saga (
  saga_id      text        not null primary key,
  -- Counts what the saga announced.
  version      bigint      not null check (version >= 0),
  user_id      text        not null,
  status       text        not null check (status in
    ('EXECUTING', 'COMPLETED', 'COMPENSATING', 'COMPENSATED', 'FAILED')),
  attempt      integer     not null check (attempt > 0),
  steps        jsonb       not null check (jsonb_typeof(steps) = 'array'),
  current      text        not null,
  cancel_asked boolean     not null,
  code         text        not null,
  reason       text        not null,
  data         bytea       not null,
  -- The number of its last entry in the log.
  logged       bigint      not null check (logged > 0),
  create_time  timestamptz not null,
  update_time  timestamptz not null,
  due_time     timestamptz,
  end_time     timestamptz,

  constraint ended check ((end_time is not null) = (status in ('COMPLETED', 'COMPENSATED', 'FAILED'))),
  constraint ended_waits_for_nothing check (end_time is null or (due_time is null and current = '')),
  constraint compensates_for_a_reason check ((code <> '') = (status in ('COMPENSATING', 'COMPENSATED', 'FAILED')))
);

create index saga_due on saga (due_time) where due_time is not null;
create index saga_time on saga (create_time desc, saga_id desc);
create index saga_user on saga (user_id, create_time desc, saga_id desc);
create index saga_status on saga (status, create_time desc, saga_id desc);

create table saga_log (
  entry_id    text        not null primary key,
  saga_id     text        not null,
  number      bigint      not null check (number > 0),
  attempt     integer     not null check (attempt > 0),
  kind        text        not null,
  event       text,
  status      text        not null,
  step        text        not null,
  code        text        not null,
  reason      text        not null,
  due_time    timestamptz,
  create_time timestamptz not null,
  cause_id    text        not null,
  begins      jsonb,
  data        bytea,

  unique (saga_id, number),
  constraint entry_is_its_number check (entry_id = saga_id || '/' || number),
  constraint first_entry_holds_all check ((number = 1) = (begins is not null and data is not null))
);

-- The log is append-only.
create function saga_log_is_kept() returns trigger language plpgsql as $$
begin
  raise exception 'saga_log is append-only: entry % of saga % stays as it is', old.number, old.saga_id;
end $$;
create trigger saga_log_is_kept before update or delete on saga_log
  for each row execute function saga_log_is_kept();

-- Every saga row is written under a version check: who decided on a state that is no more is refused as a serialization
-- failure, and decides again. Row locks make it rare; this makes it safe.
create function saga_moves_on() returns trigger language plpgsql as $$
begin
  if new.logged <= old.logged or new.version < old.version then
    raise exception 'saga % is at entry %: it cannot be written at entry %', old.saga_id, old.logged, new.logged
      using errcode = 'serialization_failure';
  end if;
  return new;
end $$;
create trigger saga_moves_on before update on saga for each row execute function saga_moves_on();
