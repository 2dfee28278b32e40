-- Finds the open tasks of a member.

create index tasks_by_owner on tasks (organization_id, owner_user_id, id) where status in ('owned', 'in_progress');
