-- What the provider was asked, under which key, and what it decided. The first decision under a key is final.

create table charge (
  number bigint generated always as identity unique,
  key text primary key,
  id text not null unique,
  order_id text not null,
  token text not null,
  currency text not null,
  amount bigint not null check (amount > 0),
  status text not null default 'OPEN' check (status in ('OPEN', 'APPROVED', 'DECLINED')),
  code text,
  requests integer not null default 1 check (requests > 0),
  created_at timestamptz not null default now(),
  decided_at timestamptz,
  check ((status = 'OPEN') = (decided_at is null)),
  check ((status = 'DECLINED') = (code is not null))
);

create table refund (
  number bigint generated always as identity unique,
  key text primary key,
  id text not null unique,
  order_id text not null,
  charge_id text not null,
  currency text not null,
  amount bigint not null check (amount > 0),
  status text not null default 'OPEN' check (status in ('OPEN', 'REFUNDED', 'REFUSED')),
  code text,
  requests integer not null default 1 check (requests > 0),
  created_at timestamptz not null default now(),
  decided_at timestamptz,
  check ((status = 'OPEN') = (decided_at is null)),
  check ((status = 'REFUSED') = (code is not null))
);
create index refund_of_charge on refund (charge_id);
