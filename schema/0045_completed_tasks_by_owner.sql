-- Finds the tasks that a member has completed recently.

create index completed_tasks_by_owner on tasks (organization_id, owner_user_id, completed_at)
  where status = 'completed';
