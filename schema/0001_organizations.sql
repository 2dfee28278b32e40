-- Who acts: organizations (the tenants), their members, and the API keys of programs.

create table organizations (
  id uuid primary key,
  -- The token's issuer and organization claim; '' where tokens name no issuer.
  issuer text not null,
  claim text not null,
  created_at timestamptz(3) not null,
  unique (issuer, claim)
);

create table members (
  organization_id uuid not null references organizations,
  id uuid not null,
  -- API keys are members too: issuer 'api-key', subject the key's id.
  issuer text not null,
  subject text not null,
  name text not null check (name <> ''),
  email text,
  -- When the token that brought the name was issued, so that an older token does not bring an old name back.
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
  -- SHA-256 of the key; the key itself is shown once and kept nowhere.
  key_hash bytea not null unique check (octet_length(key_hash) = 32),
  created_at timestamptz(3) not null,
  expires_at timestamptz(3),
  revoked_at timestamptz(3),
  primary key (organization_id, id),
  foreign key (organization_id, member_id) references members
);
