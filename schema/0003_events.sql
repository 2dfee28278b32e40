-- The event log: the only source of streams.

create table event_streams (
  organization_id uuid primary key references organizations,
  -- 64 random bits in base32. Renewed after a restore from backup, so that cursors from before it can be recognized.
  epoch text not null check (epoch ~ '^[a-z2-7]{13}$'),
  -- The last allotted seq. Allotting locks this row as the last lock of a change, so seq order is commit order.
  head bigint not null default 0,
  -- The oldest seq that is not pruned; head + 1 when all events are pruned.
  oldest bigint not null default 1,
  check (oldest >= 1 and oldest <= head + 1)
)
-- Every change updates its organization's row; free space keeps the new version of the row on the same page.
with (fillfactor = 50);

create table events (
  organization_id uuid not null references event_streams,
  seq bigint not null check (seq > 0),
  type text not null,
  project_id uuid,
  sprint_id uuid,
  -- The sprint that a move left. A filter by sprint matches this one, too.
  left_sprint_id uuid,
  story_id uuid,
  task_id uuid,
  -- The members who receive the event on their user topic; never part of the data.
  recipients uuid[],
  -- One line of ASCII JSON. Streams send exactly this text.
  data text not null check (octet_length(data) = length(data) and position(chr(10) in data) = 0),
  created_at timestamptz(3) not null,
  primary key (organization_id, seq)
);
