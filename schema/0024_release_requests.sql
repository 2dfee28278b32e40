-- Escalations of the kind `release`: a member asks the owner of a task for the task.

alter table escalations
  add column kind text not null default 'question' check (kind in ('question', 'release')),
  -- Null for questions, while the request is open, and when the task had another owner before the response.
  add column approved boolean,
  drop constraint answer_where_responded,
  -- Only the response to a question needs a text.
  add constraint answer_where_responded check (
    (status = 'responded') = (responded_by_user_id is not null)
    and (status = 'responded') = (responded_at is not null)
    and (status = 'responded' or response is null)
    and (status = 'open' or kind = 'release' or response is not null)
  ) not valid;
