-- Projects, sprints, stories and tasks. Every key contains the organization, so that no row can reference a row of
-- another organization.

create table projects (
  organization_id uuid not null references organizations,
  id uuid not null,
  name text not null,
  phase text not null,
  version integer not null check (version > 0),
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  primary key (organization_id, id)
);

create table sprints (
  organization_id uuid not null,
  id uuid not null,
  project_id uuid not null,
  name text not null,
  goal text not null,
  starts_on date,
  ends_on date check (ends_on >= starts_on),
  version integer not null check (version > 0),
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  primary key (organization_id, id),
  unique (organization_id, project_id, id),
  foreign key (organization_id, project_id) references projects
);

create table stories (
  organization_id uuid not null,
  id uuid not null,
  project_id uuid not null,
  sprint_id uuid,
  title text not null,
  description text not null,
  status text not null check (status in ('draft', 'ready', 'committed', 'in_progress', 'done')),
  version integer not null check (version > 0),
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  primary key (organization_id, id),
  unique (organization_id, project_id, id),
  foreign key (organization_id, project_id) references projects,
  -- A story and its sprint belong to the same project.
  foreign key (organization_id, project_id, sprint_id) references sprints (organization_id, project_id, id)
);
create index stories_by_project on stories (organization_id, project_id, id);
create index stories_by_sprint on stories (organization_id, sprint_id, id);

create table tasks (
  organization_id uuid not null,
  id uuid not null,
  project_id uuid not null,
  -- A copy of the story's sprint, so that a change of a task need not lock the story.
  sprint_id uuid,
  story_id uuid not null,
  title text not null,
  description text not null,
  status text not null check (status in ('available', 'owned', 'in_progress', 'completed', 'failed', 'cancelled')),
  owner_user_id uuid,
  created_by_user_id uuid not null,
  acceptance_criteria_refs text[] not null,
  estimated_hours double precision check (estimated_hours >= 0),
  version integer not null check (version > 0),
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  owned_at timestamptz(3),
  completed_at timestamptz(3),
  primary key (organization_id, id),
  foreign key (organization_id, project_id, story_id) references stories (organization_id, project_id, id),
  foreign key (organization_id, project_id, sprint_id) references sprints (organization_id, project_id, id),
  foreign key (organization_id, owner_user_id) references members,
  foreign key (organization_id, created_by_user_id) references members,
  constraint owner_where_taken check (
    case status
      when 'available' then owner_user_id is null
      when 'owned' then owner_user_id is not null
      when 'in_progress' then owner_user_id is not null
      else true
    end
  ),
  check ((owner_user_id is null) = (owned_at is null)),
  check ((status = 'completed') = (completed_at is not null))
);
create index tasks_by_story on tasks (organization_id, story_id, id);
create index tasks_by_sprint on tasks (organization_id, sprint_id, id);
