-- The labels of projects, and the labels of tasks.

create table labels (
  organization_id uuid not null,
  id uuid not null,
  project_id uuid not null,
  name text not null,
  color text not null,
  version integer not null check (version > 0),
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  primary key (organization_id, id),
  foreign key (organization_id, project_id) references projects on delete cascade
);
create index labels_by_project on labels (organization_id, project_id, id);

-- The labels of the task, sorted by id. Changes lock the labels that they add, so that no id of a deleted label remains.
alter table tasks add column label_ids uuid[] not null default '{}';

create or replace function stored_text_bytes(an_organization_id uuid) returns bigint language sql stable as $$
  select coalesce(sum(bytes), 0)::bigint from (
    select octet_length(name) + octet_length(phase) from projects where organization_id = an_organization_id
    union all
    select octet_length(name) from labels where organization_id = an_organization_id
    union all
    select octet_length(name) + octet_length(goal) from sprints where organization_id = an_organization_id
    union all
    select octet_length(title) + octet_length(description) from stories where organization_id = an_organization_id
    union all
    select octet_length(title) + octet_length(description) + octet_length(array_to_string(acceptance_criteria_refs, ''))
    from tasks where organization_id = an_organization_id
    union all
    select octet_length(body) from comments where organization_id = an_organization_id
    union all
    select octet_length(question) + coalesce(octet_length(response), 0) from escalations
    where organization_id = an_organization_id
    union all
    select octet_length(fields::text) from activities where organization_id = an_organization_id
  ) as texts (bytes)
$$;
