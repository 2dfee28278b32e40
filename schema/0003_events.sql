-- The event log: the only truth that a stream is served from.

create table event_streams (
  organization_id uuid primary key references organizations,
  -- 64 random bits in base32; renewed after a restore from backup, so that cursors of a lost future are known.
  epoch text not null check (epoch ~ '^[a-z2-7]{13}$'),
  -- The last seq allotted. Allotting locks this row, the last lock of a change: seq order is commit order.
  head bigint not null default 0,
  -- The first seq that is still kept; head + 1 when none is.
  oldest bigint not null default 1,
  check (oldest >= 1 and oldest <= head + 1)
)
-- Every change updates its organization's row: room for the next version of the row on the same page.
with (fillfactor = 50);

create table events (
  organization_id uuid not null references event_streams,
  seq bigint not null check (seq > 0),
  type text not null,
  project_id uuid,
  sprint_id uuid,
  -- The sprint that a move left; a filter by sprint matches either.
  left_sprint_id uuid,
  story_id uuid,
  task_id uuid,
  -- The members whom the event concerns; never part of the data.
  recipients uuid[],
  -- One line of ASCII JSON, sent exactly as it stands here.
  data text not null check (octet_length(data) = length(data) and position(chr(10) in data) = 0),
  created_at timestamptz(3) not null,
  primary key (organization_id, seq)
);
