-- Counts the comments and open questions that tasks already have. A file of its own, so that tasks can be read meanwhile.

create index escalations_by_task on escalations (organization_id, task_id, id) where task_id is not null;

update tasks set has_description = true where description <> '';

update tasks set comment_count = counted.comments
from (select organization_id, task_id, count(*) as comments from comments group by organization_id, task_id) counted
where tasks.organization_id = counted.organization_id and tasks.id = counted.task_id;

update tasks set open_question_count = counted.questions
from (
  select organization_id, task_id, count(*) as questions from escalations
  where task_id is not null and status = 'open' group by organization_id, task_id
) counted
where tasks.organization_id = counted.organization_id and tasks.id = counted.task_id;
