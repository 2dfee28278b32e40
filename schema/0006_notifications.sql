-- What concerns a member and was done by another: kept until it is read and after, however long they are away.

create table notifications (
  organization_id uuid not null,
  id uuid not null,
  member_id uuid not null,
  -- Of the event that is the cause, which the log may have forgotten since; to read everything up to a cursor.
  seq bigint not null check (seq > 0),
  cause text not null,
  actor_user_id uuid,
  -- What it is about. A notification outlives all of it, as the events do.
  project_id uuid not null,
  story_id uuid,
  task_id uuid,
  comment_id uuid,
  escalation_id uuid,
  title text not null check (title <> ''),
  text text,
  created_at timestamptz(3) not null,
  read_at timestamptz(3),
  primary key (organization_id, id),
  foreign key (organization_id, member_id) references members,
  foreign key (organization_id, actor_user_id) references members
);
create index notifications_by_member on notifications (organization_id, member_id, id);
create index unread_notifications on notifications (organization_id, member_id, seq) where read_at is null;
