-- Users with their wallets, what is held of the money for orders, and the ledger of every movement of it.

-- "user" is a reserved word.
create table users (
  user_id        text primary key,
  name           text not null,
  email          text not null,
  status         text not null check (status in ('USER_STATUS_ACTIVE', 'USER_STATUS_SUSPENDED')),
  currency_code  text not null check (currency_code ~ '^[A-Z]{3}$'),
  purchase_limit bigint not null check (purchase_limit >= 0),
  balance        bigint not null check (balance >= 0),
  held           bigint not null check (held >= 0),
  spent          bigint not null check (spent >= 0),
  deposited      bigint not null,
  -- How many entries the wallet's ledger has.
  entries        bigint not null check (entries >= 0),
  create_time    timestamptz not null,
  -- The request that created it, as it came: what a repeat is compared with.
  created        bytea not null,
  version        bigint not null,
  check (balance + held + spent = deposited)
) with (fillfactor = 70);

create table hold (
  order_id text primary key,
  -- No reference: an order of an unknown user has a hold too.
  user_id  text not null,
  state    text not null check (state in ('RESERVED', 'CONFIRMED', 'RELEASED', 'REJECTED')),
  amount   bigint not null check (amount >= 0),
  version  bigint not null
) with (fillfactor = 80);

create table wallet_entry (
  -- kind/reference: an order's money is reserved, released and confirmed once, a deposit comes in once.
  entry_id      text primary key,
  user_id       text not null references users,
  number        bigint not null check (number > 0),
  kind          text not null,
  from_account  text not null,
  to_account    text not null,
  currency_code text not null,
  amount        bigint not null check (amount > 0),
  reference     text not null,
  create_time   timestamptz not null,
  unique (user_id, number),
  check ((kind, from_account, to_account) in (
    ('WALLET_ENTRY_KIND_DEPOSIT', 'WALLET_ACCOUNT_OUTSIDE', 'WALLET_ACCOUNT_AVAILABLE'),
    ('WALLET_ENTRY_KIND_RESERVE', 'WALLET_ACCOUNT_AVAILABLE', 'WALLET_ACCOUNT_HELD'),
    ('WALLET_ENTRY_KIND_RELEASE', 'WALLET_ACCOUNT_HELD', 'WALLET_ACCOUNT_AVAILABLE'),
    ('WALLET_ENTRY_KIND_CONFIRM', 'WALLET_ACCOUNT_HELD', 'WALLET_ACCOUNT_SPENT')
  ))
);

create function append_only() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'integrity_constraint_violation';
end
$$;
create trigger append_only before update or delete or truncate on wallet_entry execute function append_only();
