-- How far the policy of each alert group has gone. Runs on H2 and PostgreSQL alike.
create table escalations (
  group_hash varchar(64) primary key,
  group_key varchar not null,
  policy varchar(64) not null,
  started_at bigint not null,
  rung integer not null,
  since bigint not null,
  waits_from bigint not null,
  calls varchar not null,
  fallback_at bigint,
  muted_at bigint,
  version bigint not null,
  stored_at bigint not null
);
