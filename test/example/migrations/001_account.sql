create table account (
  user_id text primary key,
  points bigint not null check (points >= 0)
);
