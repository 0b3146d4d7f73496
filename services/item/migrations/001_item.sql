-- Items with their stock, what is held of it for orders, and the deliveries that came in.

create table item (
  item_id           text primary key,
  name              text not null,
  kind              text not null check (kind in ('ITEM_KIND_DIGITAL', 'ITEM_KIND_PHYSICAL')),
  currency_code     text not null check (currency_code ~ '^[A-Z]{3}$'),
  price_minor_units bigint not null check (price_minor_units >= 0),
  available         boolean not null,
  stock             bigint not null check (stock >= 0),
  reserved          bigint not null check (reserved >= 0),
  allocated         bigint not null check (allocated >= 0),
  sold              bigint not null check (sold >= 0),
  received          bigint not null,
  create_time       timestamptz not null,
  -- The request that created it, as it came: what a repeat is compared with.
  created           bytea not null,
  version           bigint not null,
  check (stock + reserved + allocated + sold = received)
  -- A bestseller's row is updated by every batch: room on its page keeps those updates off the index.
) with (fillfactor = 50);

create table hold (
  order_id text primary key,
  state    text not null check (state in ('RESERVED', 'ALLOCATED', 'CONFIRMED', 'RELEASED', 'REJECTED')),
  lines    jsonb not null check (jsonb_typeof(lines) = 'array'),
  version  bigint not null,
  check (state not in ('RESERVED', 'ALLOCATED', 'CONFIRMED') or jsonb_array_length(lines) > 0),
  check (state <> 'ALLOCATED' or lines @> '[{"kind": "ITEM_KIND_PHYSICAL"}]')
) with (fillfactor = 80);

create table restock (
  restock_id  text primary key,
  item_id     text not null references item,
  quantity    bigint not null check (quantity > 0),
  create_time timestamptz not null
);
create index restock_item on restock (item_id);

create function append_only() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'integrity_constraint_violation';
end
$$;
create trigger append_only before update or delete or truncate on restock execute function append_only();
