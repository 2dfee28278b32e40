-- The answers to POSTs that came with an Idempotency-Key: a request that is sent again gets the same one.

create table idempotency_keys (
  organization_id uuid not null,
  member_id uuid not null,
  -- As it is declared, with {id} for each id: a key is of one member and one route.
  route text not null,
  key text not null check (key ~ '^[!-~]{1,255}$'),
  -- SHA-256 of what was asked for.
  request_hash bytea not null check (octet_length(request_hash) = 32),
  -- JSON of the result and the cursor; null only until the change that inserts the key commits.
  answer text,
  created_at timestamptz(3) not null,
  primary key (organization_id, member_id, route, key),
  foreign key (organization_id, member_id) references members
);
create index idempotency_keys_by_age on idempotency_keys (created_at);
