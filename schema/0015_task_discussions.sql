-- What a card shows of its task's description, comments and questions, so that boards need not read them.

alter table tasks
  add column has_description boolean not null default false,
  add column comment_count integer not null default 0 check (comment_count >= 0),
  add column open_question_count integer not null default 0 check (open_question_count >= 0),
  -- Each comment and question of the task increments this version. The version of the task does not change, so that a
  -- comment does not conflict with an edit.
  add column discussion_version integer not null default 0 check (discussion_version >= 0);

-- Processes of the earlier version, which run during a rolling update, do not set this column.
create function set_has_description() returns trigger
language plpgsql as $$
begin
  new.has_description := new.description <> '';
  return new;
end $$;
create trigger tasks_has_description before insert or update of description on tasks
  for each row execute function set_has_description();
