-- Organizations (the tenants), their members, and API keys.

create table organizations (
  id uuid primary key,
  -- The issuer and the organization claim of the organization's tokens. The issuer is '' when the tokens have none.
  issuer text not null,
  claim text not null,
  created_at timestamptz(3) not null,
  unique (issuer, claim)
);

create table members (
  organization_id uuid not null references organizations,
  id uuid not null,
  -- Each API key is also a member. Its issuer is 'api-key', and its subject is the id of the key.
  issuer text not null,
  subject text not null,
  name text not null check (name <> ''),
  email text,
  -- The time when the token that set the name was issued. An older token must not restore an old name.
  named_at timestamptz not null,
  created_at timestamptz(3) not null,
  primary key (organization_id, id),
  unique (organization_id, issuer, subject)
);

create table api_keys (
  organization_id uuid not null,
  id uuid not null,
  member_id uuid not null,
  role text not null check (role in ('viewer', 'member', 'admin')),
  -- SHA-256 of the key. The key itself is shown once and is not stored.
  key_hash bytea not null unique check (octet_length(key_hash) = 32),
  created_at timestamptz(3) not null,
  expires_at timestamptz(3),
  revoked_at timestamptz(3),
  primary key (organization_id, id),
  foreign key (organization_id, member_id) references members
);
