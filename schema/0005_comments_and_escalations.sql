-- Comments on tasks, and escalations: questions that block work.

create table comments (
  organization_id uuid not null,
  id uuid not null,
  task_id uuid not null,
  author_user_id uuid not null,
  body text not null check (body <> ''),
  mentions uuid[] not null,
  created_at timestamptz(3) not null,
  primary key (organization_id, id),
  foreign key (organization_id, task_id) references tasks on delete cascade,
  foreign key (organization_id, author_user_id) references members
);
create index comments_by_task on comments (organization_id, task_id, id);

create table escalations (
  organization_id uuid not null,
  id uuid not null,
  project_id uuid not null,
  -- The story and the task that the question is about. They have no foreign keys, because an escalation outlives both.
  story_id uuid,
  task_id uuid,
  question text not null check (question <> ''),
  status text not null check (status in ('open', 'responded')),
  assignee_user_id uuid,
  created_by_user_id uuid not null,
  response text check (response <> ''),
  responded_by_user_id uuid,
  created_at timestamptz(3) not null,
  responded_at timestamptz(3),
  primary key (organization_id, id),
  foreign key (organization_id, project_id) references projects on delete cascade,
  foreign key (organization_id, assignee_user_id) references members,
  foreign key (organization_id, created_by_user_id) references members,
  foreign key (organization_id, responded_by_user_id) references members,
  constraint answer_where_responded check (
    (status = 'responded') = (response is not null)
    and (response is null) = (responded_by_user_id is null)
    and (response is null) = (responded_at is null)
  )
);
create index escalations_by_project on escalations (organization_id, project_id, id);
