-- Pull requests and commits that name the key of a task: a list of {kind, url, title, state, updated_at} for each task.

alter table tasks add column links jsonb not null default '[]';

-- Finds the tasks of a pull request that no longer names their keys.
create index tasks_by_link on tasks using gin (links jsonb_path_ops) where links <> '[]';
