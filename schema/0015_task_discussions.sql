-- What a card shows of the discussion of its task, so that boards need not read comments and escalations.

alter table tasks
  add column has_description boolean not null default false,
  add column comment_count integer not null default 0 check (comment_count >= 0),
  add column open_question_count integer not null default 0 check (open_question_count >= 0),
  -- Each comment and question of the task increments this version. The version of the task does not change, so that a
  -- comment does not conflict with an edit.
  add column discussion_version integer not null default 0 check (discussion_version >= 0);

update tasks set
  has_description = description <> '',
  comment_count = (
    select count(*) from comments where organization_id = tasks.organization_id and task_id = tasks.id
  ),
  open_question_count = (
    select count(*) from escalations
    where organization_id = tasks.organization_id and project_id = tasks.project_id and task_id = tasks.id
      and status = 'open'
  );

-- Processes of the earlier version, which run during a rolling update, do not set this column.
create function set_has_description() returns trigger
language plpgsql as $$
begin
  new.has_description := new.description <> '';
  return new;
end $$;
create trigger tasks_has_description before insert or update of description on tasks
  for each row execute function set_has_description();

create index escalations_by_task on escalations (organization_id, task_id, id) where task_id is not null;
