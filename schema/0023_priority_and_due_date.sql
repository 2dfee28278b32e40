-- The priority and the due date of tasks. Processes of the earlier version, which run during a rolling update, keep them.

alter table tasks
  add column priority text check (priority in ('urgent', 'high', 'medium', 'low')),
  add column due_on date;
