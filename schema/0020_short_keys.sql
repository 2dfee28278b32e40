-- Short keys of projects and tasks, for example WEB and WEB-142.

-- Returns a key for a new project that no project of the organization has: up to four letters of the name, with a number
-- when another project has these letters. Lock the organization first, so that two new projects get different keys.
create function free_project_key(an_organization_id uuid, a_name text) returns text stable language plpgsql as $$
declare
  -- The normalization separates letters from their accents. The collation "C" knows only the letters of ASCII.
  plain text := regexp_replace(normalize(a_name, NFKD), '[\u0300-\u036f]', '', 'g');
  letters text := coalesce(substring(upper(plain collate "C") from '[A-Z][A-Z0-9]{1,3}'), 'PROJ');
begin
  return (
    with taken as (
      select key from projects where organization_id = an_organization_id and key ~ ('^' || letters || '[0-9]*$')
    )
    select case
      when letters not in (select key from taken) then letters
      else (
        select letters || min(number) from generate_series(2, (select count(*) from taken) + 2) as number
        where letters || number not in (select key from taken)
      )
    end
  );
end $$;

-- The last number of each project. The numbers of deleted tasks are not used again.
create table task_numbers (
  organization_id uuid not null,
  project_id uuid not null,
  last_number integer not null check (last_number > 0),
  primary key (organization_id, project_id),
  foreign key (organization_id, project_id) references projects on delete cascade
);

-- Allots the next number of the project. Other transactions that create a task in the project then wait until this
-- transaction has ended, so the numbers have no gap.
create function next_task_number(an_organization_id uuid, a_project_id uuid) returns integer language sql as $$
  insert into task_numbers values (an_organization_id, a_project_id, 1)
  on conflict (organization_id, project_id) do update set last_number = task_numbers.last_number + 1
  returning last_number
$$;

alter table projects add column key text collate "C" not null default '';
alter table tasks
  add column number integer not null default 0,
  add column key text collate "C" not null default '';

-- No other transaction can create a task until this file is applied, so the numbers of the tasks that already exist are
-- free for the next file.
insert into task_numbers
  select organization_id, project_id, count(*) from tasks group by organization_id, project_id;

do $$
declare
  project record;
begin
  for project in select * from projects order by organization_id, id loop
    update projects set key = free_project_key(project.organization_id, project.name), version = version + 1
    where organization_id = project.organization_id and id = project.id;
  end loop;
end $$;
create unique index projects_by_key on projects (organization_id, key);

-- Processes of the earlier version, which run during a rolling update, do not set these columns.
create function set_project_key() returns trigger
language plpgsql as $$
begin
  perform from organizations where id = new.organization_id for no key update;
  new.key := free_project_key(new.organization_id, new.name);
  return new;
end $$;
create trigger projects_key before insert on projects
  for each row when (new.key = '') execute function set_project_key();

create function set_task_key() returns trigger
language plpgsql as $$
begin
  new.number := next_task_number(new.organization_id, new.project_id);
  new.key := (
    select key || '-' || new.number from projects
    where organization_id = new.organization_id and id = new.project_id
  );
  return new;
end $$;
create trigger tasks_key before insert on tasks
  for each row when (new.number = 0) execute function set_task_key();
