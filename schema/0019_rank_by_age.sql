-- Ranks the tasks and stories that already exist by their age. A file of its own, so that they can be read meanwhile.

-- The versions increase, because the ETag of a story or task is its version, and its content changes.
update stories set rank = first_rank(id), version = version + 1 where rank = '';
update tasks set rank = first_rank(id), version = version + 1 where rank = '';

create index tasks_by_rank on tasks (organization_id, project_id, rank, id);
create index stories_by_rank on stories (organization_id, project_id, rank, id);
