-- Authors can edit their comments.

-- Null when the comment was never edited.
alter table comments add column edited_at timestamptz(3);
