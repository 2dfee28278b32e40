-- The database that each event log was last read in, so that a restore or a failover is detected even when no process
-- watched the log meanwhile.

-- Identifies the cluster, its timeline, the database and the table. At least one of them changes when a dump or a base
-- backup is restored, and when a standby is promoted. Null on a standby, and on hosted databases that do not allow
-- these functions.
create function database_identity() returns text stable language plpgsql as $$
begin
  return concat_ws(
    '/',
    (select system_identifier from pg_control_system()),
    left(pg_walfile_name(pg_current_wal_insert_lsn()), 8),
    (select oid from pg_database where datname = current_database()),
    to_regclass('event_streams')::oid
  );
exception when others then
  return null;
end $$;

alter table event_streams add column database_identity text default database_identity();
