-- Postgres needs ten times as long for a pattern with {1,255} as for one with +, because it builds a state for each
-- repetition each time. The check ran for every request with an Idempotency-Key.
alter table idempotency_keys drop constraint idempotency_keys_key_check;
alter table idempotency_keys add constraint idempotency_keys_key_check check (key ~ '^[!-~]+$' and octet_length(key) <= 255);
