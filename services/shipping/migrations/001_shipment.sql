-- The shipment of an order. Never deleted: it is the tombstone too.

create table shipment (
  order_id text primary key,
  user_id text not null,
  state text not null check (state in ('PREPARED', 'READY', 'DISPATCHED', 'DELIVERED', 'CANCELLED', 'REJECTED')),
  purchase bytea not null,
  carrier text not null,
  tracking_number text not null,
  code text not null,
  reason text not null,
  create_time timestamptz not null,
  dispatch_time timestamptz,
  deliver_time timestamptz,
  version bigint not null check (version >= 0),
  check ((dispatch_time is not null) = (state in ('DISPATCHED', 'DELIVERED'))),
  check ((deliver_time is not null) = (state = 'DELIVERED')),
  check ((tracking_number <> '') = (dispatch_time is not null)),
  check (state <> 'REJECTED' or code <> '')
);
