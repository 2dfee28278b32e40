-- Activities of agents, pipelines and pull requests, for the dashboard. They are kept after their events are pruned.

create table activities (
  organization_id uuid not null,
  id uuid not null,
  project_id uuid not null,
  type text not null,
  -- Null when no member caused the activity, for example when a webhook did.
  actor_user_id uuid,
  -- The fields that are specific to the type.
  fields jsonb not null,
  created_at timestamptz(3) not null,
  primary key (organization_id, id),
  foreign key (organization_id, project_id) references projects on delete cascade,
  foreign key (organization_id, actor_user_id) references members
);
create index activities_by_project on activities (organization_id, project_id, id);

-- A run starts once and completes once.
create table agent_runs (
  organization_id uuid not null,
  project_id uuid not null,
  agent text not null,
  run_id text not null,
  started_at timestamptz(3) not null,
  completed_at timestamptz(3),
  primary key (organization_id, project_id, agent, run_id),
  foreign key (organization_id, project_id) references projects on delete cascade
);
