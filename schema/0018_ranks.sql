-- The order of the tasks and stories of a project.

create function base62(value bigint, digits integer) returns text immutable language sql as $$
  select string_agg(
    substr(
      '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
      (value / power(62, n)::bigint % 62)::integer + 1, 1
    ),
    '' order by n desc
  )
  from generate_series(0, digits - 1) as n
$$;

-- Returns the rank of a new task or story from the time and the sequence in its id, a UUIDv7. The function `firstRank` in
-- src/board/rank.ts returns the same rank.
create function first_rank(id uuid) returns text immutable language plpgsql as $$
declare
  hex text := replace(id::text, '-', '');
  milliseconds bigint := ('x' || left(hex, 12))::bit(48)::bigint;
  bits bit(40) := ('x' || substr(hex, 13, 10))::bit(40);
  sequence bigint :=
    (substring(bits from 5 for 12) || substring(bits from 19 for 14) || substring(bits from 33 for 6))::bit(32)::bigint;
begin
  return 'g' || base62(least(milliseconds, power(62, 7)::bigint - 1), 7) || rtrim(base62(sequence, 6), '0');
end $$;

-- The ranks are compared by bytes, as in programs. A constant default needs no rewrite of the table.
-- Changes and reads of boards use stories before tasks, so this file locks the tables in this order too.
alter table stories add column rank text collate "C" not null default '';
alter table tasks add column rank text collate "C" not null default '';

-- Processes of the earlier version, which run during a rolling update, do not set this column.
create function set_first_rank() returns trigger
language plpgsql as $$
begin
  new.rank := first_rank(new.id);
  return new;
end $$;
create trigger tasks_first_rank before insert on tasks
  for each row when (new.rank = '') execute function set_first_rank();
create trigger stories_first_rank before insert on stories
  for each row when (new.rank = '') execute function set_first_rank();
