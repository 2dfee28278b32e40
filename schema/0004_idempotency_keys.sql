-- The results of POST requests with an Idempotency-Key. A repeated request gets the stored result.

create table idempotency_keys (
  organization_id uuid not null,
  member_id uuid not null,
  -- The path as the route declares it, with {id} for each id. A key is valid for one member and one route.
  route text not null,
  key text not null check (key ~ '^[!-~]{1,255}$'),
  -- SHA-256 of the content of the request.
  request_hash bytea not null check (octet_length(request_hash) = 32),
  -- The result and the cursor as JSON. Null only inside the transaction that inserts the key.
  answer text,
  created_at timestamptz(3) not null,
  primary key (organization_id, member_id, route, key),
  foreign key (organization_id, member_id) references members
);
create index idempotency_keys_by_age on idempotency_keys (created_at);
