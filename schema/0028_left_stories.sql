-- The story that a task was moved out of. A filter by story also matches this column.

alter table events add column left_story_id uuid;
