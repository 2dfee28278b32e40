-- Numbers the tasks that already exist by their age. A file of its own, so that tasks can be read meanwhile.

update tasks set number = counted.number, key = counted.project_key || '-' || counted.number, version = version + 1
from (
  select t.organization_id, t.id, p.key as project_key,
    row_number() over (partition by t.organization_id, t.project_id order by t.id) as number
  from tasks t join projects p on p.organization_id = t.organization_id and p.id = t.project_id
  where t.number = 0
) counted
where tasks.organization_id = counted.organization_id and tasks.id = counted.id;

create unique index tasks_by_key on tasks (organization_id, key);
