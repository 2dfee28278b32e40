-- How many tasks of each status a board of the project should contain at most, such as {"in_progress": 3}. The type is json, and
-- not jsonb, which would change the order of the keys: equal limits are then equal texts.

alter table projects add column wip_limits json not null default '{}';
