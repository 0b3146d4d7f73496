-- Orders, and the order service's own copy of the items it prices them from.

create table item (
  item_id       text    not null primary key,
  name          text    not null,
  kind          text    not null check (kind in ('ITEM_KIND_DIGITAL', 'ITEM_KIND_PHYSICAL')),
  currency_code text    not null check (currency_code ~ '^[A-Z]{3}$'),
  minor_units   bigint  not null check (minor_units >= 0),
  available     boolean not null,
  -- The version of item's fact it was learnt from: an older one changes nothing.
  seen          bigint  not null check (seen > 0)
);

create table orders (
  order_id        text        not null primary key,
  version         bigint      not null check (version > 0),
  user_id         text        not null,
  status          text        not null check (status in
    ('AWAITING_APPROVAL', 'PLACED', 'COMPLETED', 'SHIPPED', 'DELIVERED', 'CANCELLING', 'CANCELLED')),
  purchase        bytea       not null,
  request         text        not null,
  participants    jsonb       not null,
  answered        jsonb       not null check (answered <@ participants),
  code            text        not null,
  reason          text        not null,
  create_time     timestamptz not null,
  approve_time    timestamptz,
  place_time      timestamptz,
  deadline_time   timestamptz not null,
  due_time        timestamptz,
  complete_time   timestamptz,
  cancel_time     timestamptz,
  end_time        timestamptz,
  ship_time       timestamptz,
  deliver_time    timestamptz,
  carrier         text        not null,
  tracking_number text        not null,

  constraint completed_or_cancelled check (complete_time is null or cancel_time is null),
  constraint completed check ((complete_time is not null) = (status in ('COMPLETED', 'SHIPPED', 'DELIVERED'))),
  constraint cancelled check ((cancel_time is not null) = (status in ('CANCELLING', 'CANCELLED'))),
  constraint ended check ((end_time is not null) = (status = 'CANCELLED')),
  constraint undecided_is_due check ((due_time is not null) = (status in ('AWAITING_APPROVAL', 'PLACED'))),
  constraint placed check (place_time is not null or status in ('AWAITING_APPROVAL', 'CANCELLING', 'CANCELLED')),
  constraint cancelled_has_code check ((code <> '') = (cancel_time is not null)),
  constraint all_answered check (status <> 'CANCELLED' or participants <@ answered)
);

create index orders_due on orders (due_time) where due_time is not null;
create index orders_time on orders (create_time desc, order_id desc);
create index orders_user on orders (user_id, create_time desc, order_id desc);
create index orders_status on orders (status, create_time desc, order_id desc);
