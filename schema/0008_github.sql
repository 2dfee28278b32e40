-- GitHub webhooks: the secret that a project shares with GitHub, and the deliveries that the server has received.

create table github_secrets (
  organization_id uuid not null,
  project_id uuid not null,
  -- The secret, encrypted with AES-256-GCM.
  sealed bytea not null,
  set_by_user_id uuid not null,
  set_at timestamptz(3) not null,
  primary key (organization_id, project_id),
  -- The URL of a delivery contains only the id of the project, not the organization.
  unique (project_id),
  foreign key (organization_id, project_id) references projects on delete cascade,
  foreign key (organization_id, set_by_user_id) references members
);

create table github_deliveries (
  organization_id uuid not null,
  project_id uuid not null,
  -- The id that GitHub gave the delivery. It stays the same when GitHub sends the delivery again.
  delivery text not null,
  received_at timestamptz(3) not null,
  primary key (organization_id, project_id, delivery),
  foreign key (organization_id, project_id) references projects on delete cascade
);
create index github_deliveries_by_age on github_deliveries (received_at);
