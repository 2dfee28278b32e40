-- The status of sprints, and their totals at the end of each day. Sprints that processes of an earlier version create or edit
-- keep these columns.

alter table sprints
  add column status text not null default 'planned' check (status in ('planned', 'active', 'closed')),
  add column started_at timestamptz(3),
  add column closed_at timestamptz(3);

create index sprints_that_are_active on sprints (organization_id) where status = 'active';

create table sprint_days (
  organization_id uuid not null,
  sprint_id uuid not null,
  day date not null,
  task_count integer not null,
  completed_task_count integer not null,
  estimated_hours double precision not null,
  completed_hours double precision not null,
  primary key (organization_id, sprint_id, day),
  foreign key (organization_id, sprint_id) references sprints on delete cascade
);
