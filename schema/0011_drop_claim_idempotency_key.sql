-- The primary key of idempotency_keys now decides which of several requests with the same key makes its change.
drop function claim_idempotency_key;
