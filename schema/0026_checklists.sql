-- The checklists of tasks: a list of {id, text, is_done} for each task, and the numbers that a card shows.

alter table tasks
  add column checklist jsonb not null default '[]',
  add column checklist_count integer not null default 0,
  add column checklist_done_count integer not null default 0;

create function checklist_bytes(checklist jsonb) returns bigint immutable language sql as $$
  select coalesce(sum(octet_length(item ->> 'text')), 0)::bigint from jsonb_array_elements(checklist) as item
$$;

create or replace function stored_text_bytes(an_organization_id uuid) returns bigint language sql stable as $$
  select coalesce(sum(bytes), 0)::bigint from (
    select octet_length(name) + octet_length(phase) from projects where organization_id = an_organization_id
    union all
    select octet_length(name) from labels where organization_id = an_organization_id
    union all
    select octet_length(name) + octet_length(goal) from sprints where organization_id = an_organization_id
    union all
    select octet_length(title) + octet_length(description) from stories where organization_id = an_organization_id
    union all
    select octet_length(title) + octet_length(description) + octet_length(array_to_string(acceptance_criteria_refs, ''))
      + checklist_bytes(checklist)
    from tasks where organization_id = an_organization_id
    union all
    select octet_length(body) from comments where organization_id = an_organization_id
    union all
    select octet_length(question) + coalesce(octet_length(response), 0) from escalations
    where organization_id = an_organization_id
    union all
    select octet_length(fields::text) from activities where organization_id = an_organization_id
  ) as texts (bytes)
$$;
