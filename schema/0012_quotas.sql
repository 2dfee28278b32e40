-- Quotas: limits on what an organization stores.

-- The bytes of text that the organization stores.
alter table event_streams add column text_bytes bigint not null default 0;

-- Fails with BCK03 when the quota is exceeded. `used` is the number before the change.
create function require_quota(setting text, quota bigint, used bigint, added bigint) returns void
language plpgsql as $$
begin
  if used + added > quota then
    raise exception 'quota exceeded' using
      errcode = 'BCK03',
      detail = json_build_object('setting', setting, 'limit', quota, 'used', used);
  end if;
end $$;

create function stored_text_bytes(an_organization_id uuid) returns bigint language sql stable as $$
  select coalesce(sum(bytes), 0)::bigint from (
    select octet_length(name) + octet_length(phase) from projects where organization_id = an_organization_id
    union all
    select octet_length(name) + octet_length(goal) from sprints where organization_id = an_organization_id
    union all
    select octet_length(title) + octet_length(description) from stories where organization_id = an_organization_id
    union all
    select octet_length(title) + octet_length(description) + octet_length(array_to_string(acceptance_criteria_refs, ''))
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

update event_streams set text_bytes = stored_text_bytes(organization_id);

-- Called after the writes of a change. `added` is negative when the change removes text. A null quota is not checked.
create function add_text_bytes(an_organization_id uuid, added bigint, quota bigint) returns void
language plpgsql as $$
declare
  used bigint;
begin
  select text_bytes into used from event_streams where organization_id = an_organization_id for update;
  if added > 0 then
    perform require_quota('MAX_BYTES_PER_ORG', quota, used, added);
  end if;
  update event_streams set text_bytes = greatest(used + added, 0) where organization_id = an_organization_id;
end $$;
