-- The event log. Streams deliver only events that are in this log.

create table event_streams (
  organization_id uuid primary key references organizations,
  -- 64 random bits in base32. A restore from a backup is followed by a new epoch, so that the server can recognize
  -- cursors that are older than the restore.
  epoch text not null check (epoch ~ '^[a-z2-7]{13}$'),
  -- The last allotted seq. A change locks this row last to allot its seqs, so seq order is commit order.
  head bigint not null default 0,
  -- The oldest seq that is not pruned, or head + 1 when all events are pruned.
  oldest bigint not null default 1,
  check (oldest >= 1 and oldest <= head + 1)
)
-- Every change updates the row of its organization. With free space, the new version of the row fits on the same page.
with (fillfactor = 50);

create table events (
  organization_id uuid not null references event_streams,
  seq bigint not null check (seq > 0),
  type text not null,
  project_id uuid,
  sprint_id uuid,
  -- The sprint that the story or task was moved out of. A filter by sprint also matches this column.
  left_sprint_id uuid,
  story_id uuid,
  task_id uuid,
  -- The members who receive the event on their user topic. The data does not contain them.
  recipients uuid[],
  -- One line of JSON in ASCII. Streams send exactly this text.
  data text not null check (octet_length(data) = length(data) and position(chr(10) in data) = 0),
  created_at timestamptz(3) not null,
  primary key (organization_id, seq)
);
