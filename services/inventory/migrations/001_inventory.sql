-- The inventories of users, the slots held in them for orders, and what users own.

create table inventory (
  user_id  text primary key,
  capacity integer not null check (capacity >= 0),
  reserved integer not null check (reserved >= 0),
  used     integer not null check (used >= 0),
  check (reserved + used <= capacity)
) with (fillfactor = 70);

create table hold (
  order_id text primary key,
  user_id  text not null,
  state    text not null check (state in ('RESERVED', 'CONFIRMED', 'RELEASED', 'REJECTED')),
  slots    integer not null check (slots >= 0),
  version  bigint not null
) with (fillfactor = 80);

create table inventory_item (
  -- order/item: a line is granted once.
  grant_id    text primary key,
  user_id     text not null references inventory,
  order_id    text not null references hold,
  item_id     text not null,
  quantity    integer not null check (quantity > 0),
  create_time timestamptz not null,
  unique (user_id, item_id, order_id)
);

create function append_only() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'integrity_constraint_violation';
end
$$;
create trigger append_only before update or delete or truncate on inventory_item execute function append_only();
