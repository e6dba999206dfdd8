-- What callbacks are signed with. A project's first is made when it is first needed. A secret that has
-- another after it goes on to sign until it expires.
create table signing_secrets (
  project_id integer not null references projects,
  key bytea not null check (octet_length(key) between 24 and 64),
  created_at timestamptz not null,
  expires_at timestamptz,
  primary key (project_id, key)
);
-- Of each project one is the newest.
create unique index signing_secrets_newest on signing_secrets (project_id) where expires_at is null;

-- A lane tells the project too, whose secret signs: also where the row is from before there were lanes.
update queue set lane = project_id::bigint << 32 where lane = 0;
