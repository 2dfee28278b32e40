-- Which tasks block a task. A task and its blockers belong to the same project.

alter table tasks
  add column blocked_by_task_ids uuid[] not null default '{}',
  add column open_blocker_count integer not null default 0,
  -- Whether the task ever blocked another task. Changes of other tasks need not look for tasks that they block.
  add column may_block boolean not null default false;

create table task_blockers (
  organization_id uuid not null,
  project_id uuid not null,
  task_id uuid not null,
  blocker_id uuid not null,
  primary key (organization_id, task_id, blocker_id),
  foreign key (organization_id, project_id, task_id) references tasks (organization_id, project_id, id) on delete cascade,
  foreign key (organization_id, project_id, blocker_id) references tasks (organization_id, project_id, id) on delete cascade,
  check (task_id <> blocker_id)
);
create index task_blockers_by_blocker on task_blockers (organization_id, blocker_id, task_id);
