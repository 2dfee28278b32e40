-- Notifications report to a member what other members did that concerns this member. They are kept after their events
-- are pruned.

create table notifications (
  organization_id uuid not null,
  id uuid not null,
  member_id uuid not null,
  -- The seq of the event that caused the notification. The event may have been pruned since. The seq is used to mark
  -- all notifications up to a cursor as read.
  seq bigint not null check (seq > 0),
  cause text not null,
  actor_user_id uuid,
  -- The resources that the notification is about. They have no foreign keys, because a notification outlives them.
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
