-- Who changed what of a task or sprint, and when. The facts outlive the events, which are pruned.

create table history (
  organization_id uuid not null,
  -- The id of the task or sprint. There is no foreign key: its check would lock a sprint after the log is locked.
  subject_id uuid not null,
  -- The seq of the event.
  seq bigint not null,
  -- The number of the fact among all facts of the subject: 1, 2, 3 and so on. The oldest facts are deleted.
  number integer not null,
  type text not null,
  actor_user_id uuid,
  fact jsonb not null,
  created_at timestamptz(3) not null,
  primary key (organization_id, subject_id, seq)
);

create function delete_history() returns trigger language plpgsql as $$
begin
  delete from history where organization_id = old.organization_id and subject_id = old.id;
  return null;
end $$;

create trigger sprints_delete_history after delete on sprints
  for each row execute function delete_history();
create trigger tasks_delete_history after delete on tasks
  for each row execute function delete_history();
