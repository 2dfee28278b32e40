-- Processes of an earlier version start a request with an Idempotency-Key with this function, and insert the key together
-- with the result at the end. In this version, only the primary key of idempotency_keys decides which of two requests
-- with the same key makes its change. The function remains, because processes of the earlier version may still run
-- during an upgrade.

-- Takes the lock of the key until the end of the transaction. Fails with BCK01 when another transaction has the lock, and
-- with BCK02 when the result of the key is stored. It never waits, so a waiting request holds no connection.
create function claim_idempotency_key(
  lock bigint, an_organization_id uuid, a_member_id uuid, a_route text, a_key text
) returns void language plpgsql as $$
begin
  if not pg_try_advisory_xact_lock(lock) then
    raise exception 'a request with this key is in progress' using errcode = 'BCK01';
  end if;
  if exists (
    select from idempotency_keys
    where organization_id = an_organization_id and member_id = a_member_id and route = a_route and key = a_key
  ) then
    raise exception 'the result of this key is stored' using errcode = 'BCK02';
  end if;
end $$;

alter table idempotency_keys alter column answer set not null;
