-- Finds the notifications of a comment, because they contain the beginning of the comment.

create index notifications_by_comment on notifications (organization_id, comment_id) where comment_id is not null;
