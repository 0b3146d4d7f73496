-- How to reach each user, and what was told to whom.

create table contact (
  user_id     text   not null primary key,
  name        text   not null,
  email       text   not null,
  -- The version of user's fact it was learnt from; 0 while only preferences are known.
  seen        bigint not null check (seen >= 0),
  channels    jsonb  not null check (channels <@ '["LOG", "EMAIL", "WEBHOOK"]'),
  webhook_url text   not null,
  constraint webhook_has_url check (webhook_url <> '' or not channels @> '"WEBHOOK"')
);

create table notification (
  notification_id text        not null primary key,
  user_id         text        not null,
  order_id        text        not null,
  fact            text        not null,
  channel         text        not null check (channel in ('LOG', 'EMAIL', 'WEBHOOK')),
  recipient       text        not null,
  subject         text        not null,
  body            text        not null,
  status          text        not null check (status in ('PENDING', 'SENT', 'FAILED')),
  failure         text        not null,
  create_time     timestamptz not null,
  sent_time       timestamptz,
  constraint addressed check ((recipient = '') = (channel = 'LOG')),
  constraint sent check ((sent_time is not null) = (status = 'SENT')),
  constraint failed check ((failure <> '') = (status = 'FAILED'))
);

create index notification_time on notification (create_time desc, notification_id desc);
create index notification_user on notification (user_id, create_time desc, notification_id desc);
create index notification_order on notification (order_id, create_time desc, notification_id desc);
