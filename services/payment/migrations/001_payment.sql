-- The payment of an order: what was asked of the provider, and what came of it. Never deleted: it is the tombstone too.

create table payment (
  order_id text primary key,
  user_id text not null,
  state text not null check (state in ('PENDING', 'CAPTURED', 'FAILED', 'VOIDED', 'REFUNDING', 'REFUNDED')),
  purchase bytea not null,
  cancelling boolean not null,
  refund_refused boolean not null,
  settled boolean not null,
  charge_reference text not null,
  refund_reference text not null,
  code text not null,
  reason text not null,
  create_time timestamptz not null,
  capture_time timestamptz,
  refund_time timestamptz,
  version bigint not null check (version >= 0),
  check (capture_time is not null or state not in ('CAPTURED', 'REFUNDING', 'REFUNDED')),
  check (capture_time is null or state not in ('PENDING', 'FAILED', 'VOIDED')),
  check ((refund_time is not null) = (state = 'REFUNDED')),
  check (not refund_refused or state = 'REFUNDING'),
  check (not settled or state = 'REFUNDED')
);

create index payment_newest on payment (create_time desc, order_id desc);
create index payment_of_user on payment (user_id, create_time desc, order_id desc);
create index payment_unusual on payment (state, create_time desc, order_id desc) where state <> 'CAPTURED';
create index payment_refused on payment (create_time desc, order_id desc) where refund_refused;
