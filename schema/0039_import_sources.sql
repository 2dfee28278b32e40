-- What imports have created. The same file can be imported again, and then only updates what it has changed.

create table import_sources (
  organization_id uuid not null,
  project_id uuid not null,
  kind text not null check (kind in ('sprint', 'label', 'story', 'task', 'comment')),
  -- The thing in the system that wrote the file, for example `trello:5f1c0d9e`.
  source text collate "C" not null,
  -- The row that was created. It has no foreign key, because a thing that a member has deleted is not created again.
  target_id uuid not null,
  -- For each field, a digest of the value of the last import.
  digests jsonb not null,
  primary key (organization_id, project_id, kind, source),
  foreign key (organization_id, project_id) references projects on delete cascade
);
