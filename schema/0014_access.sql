-- Members that are removed or get a role, sessions of the page, and tickets for streams.

alter table members
  -- The role in the member's newest token. Null for API keys, and for members without a request since this column exists.
  add column claimed_role text check (claimed_role in ('viewer', 'member', 'admin')),
  -- The role that an admin has set. It takes precedence over the role of the token or the API key.
  add column set_role text check (set_role in ('viewer', 'member', 'admin')),
  -- A removed member stays removed, even if a new token names the member.
  add column removed_at timestamptz(3),
  add column last_seen_at timestamptz(3);

-- A session starts when somebody signs in to the page. The cookie of the page contains the session's secret.
create table sessions (
  organization_id uuid not null,
  id uuid not null,
  member_id uuid not null,
  -- The role in the token with which the member has signed in.
  role text not null check (role in ('viewer', 'member', 'admin')),
  -- SHA-256 of the secret. The secret itself is not stored.
  session_hash bytea not null unique check (octet_length(session_hash) = 32),
  created_at timestamptz(3) not null,
  -- The end of the token with which the member has signed in.
  expires_at timestamptz(3) not null,
  ended_at timestamptz(3),
  primary key (organization_id, id),
  foreign key (organization_id, member_id) references members
);
create index sessions_by_member on sessions (organization_id, member_id);
-- `least` ignores nulls, so this is the time at which the session has ended or will end.
create index sessions_by_end on sessions (least(expires_at, ended_at));

-- A ticket opens the streams of one selection, for clients that cannot set headers.
create table tickets (
  organization_id uuid not null,
  id uuid not null,
  member_id uuid not null,
  -- SHA-256 of the ticket. The ticket itself is shown once and is not stored.
  ticket_hash bytea not null unique check (octet_length(ticket_hash) = 32),
  selection jsonb not null,
  -- The credential with which the ticket was requested. Both ids are null when that credential was a token.
  api_key_id uuid,
  session_id uuid,
  created_at timestamptz(3) not null,
  -- The first stream must open before this time.
  first_use_before timestamptz(3) not null,
  -- The end of the credential with which the ticket was requested. Null when that credential has no end.
  expires_at timestamptz(3),
  -- The last stream that the ticket has opened. Earlier streams of the ticket end.
  use_id uuid,
  used_at timestamptz(3),
  -- Pruning deletes the ticket after this time. Each use sets a new time.
  delete_after timestamptz(3) not null,
  primary key (organization_id, id),
  foreign key (organization_id, member_id) references members,
  foreign key (organization_id, api_key_id) references api_keys,
  foreign key (organization_id, session_id) references sessions on delete cascade,
  check (api_key_id is null or session_id is null),
  check ((use_id is null) = (used_at is null))
);
create index tickets_by_session on tickets (organization_id, session_id);
create index tickets_by_deletion on tickets (delete_after);

-- Fails with BCK04 when the new owner of a task was removed. The removal of a member locks the row of the member for
-- update, and then releases the member's tasks. The key share lock makes the removal and this change wait for each
-- other, so a removed member never owns an open task.
create function require_present_owner() returns trigger
language plpgsql as $$
begin
  perform from members
  where organization_id = new.organization_id and id = new.owner_user_id and removed_at is null
  for key share;
  if not found then
    raise exception 'the owner was removed from the organization' using errcode = 'BCK04';
  end if;
  return new;
end $$;

create trigger tasks_owner_on_insert before insert on tasks
  for each row when (new.owner_user_id is not null)
  execute function require_present_owner();
create trigger tasks_owner_on_update before update of owner_user_id on tasks
  for each row when (new.owner_user_id is distinct from old.owner_user_id and new.owner_user_id is not null)
  execute function require_present_owner();
