-- Rows are inserted in the order of created_at, so a BRIN index finds the old rows. It costs an insert almost nothing.
drop index idempotency_keys_by_age;
create index idempotency_keys_by_age on idempotency_keys using brin (created_at) with (autosummarize = on);
