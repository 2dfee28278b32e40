-- Whether a notification about an escalation is about a question, or about a request for the release of a task.

-- Null for other notifications, for older ones, and for those of processes of an earlier version during a rolling update.
alter table notifications add column escalation_kind text check (escalation_kind in ('question', 'release'));
