-- A blocker refers to tasks of its project. A file of its own, so that tasks can be read meanwhile.

create unique index tasks_of_projects on tasks (organization_id, project_id, id);
