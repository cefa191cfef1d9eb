-- Deployments, gates and their audit trails. Runs on H2 and PostgreSQL alike.
-- Instants are microseconds since 1970; announcements, checks and observations are JSON.

create table deployments (
  deployment_key varchar(200) not null primary key,
  service varchar(100) not null,
  env varchar(100) not null,
  version varchar(200) not null,
  announcement varchar not null,
  started_at bigint not null,
  status varchar(16) not null,
  finished_at bigint
);

create index deployments_started on deployments (started_at);

create table gates (
  id varchar(64) not null primary key,
  idempotency_key varchar(255) not null,
  payload_hash char(64) not null,
  deployment_key varchar(200) not null references deployments (deployment_key),
  service varchar(100) not null,
  env varchar(100) not null,
  version varchar(200) not null,
  policy_id varchar(200) not null,
  policy_version varchar not null,
  policy_hash char(64) not null,
  policy_text varchar not null,
  opened_by varchar(100) not null,
  opened_at bigint not null,
  deadline_at bigint not null,
  evaluations integer not null,
  chain char(64) not null,
  state varchar(16) not null,
  code varchar(32) not null,
  summary varchar not null,
  checks varchar not null,
  decided_at bigint,
  next_check_at bigint,
  constraint gates_idempotency unique (idempotency_key)
);

create index gates_state on gates (state);
create index gates_service on gates (service, opened_at);

-- What each evaluation saw, never changed: each row's chain is a hash over the one before.
create table gate_observations (
  gate_id varchar(64) not null references gates (id),
  seq integer not null,
  observed_at bigint not null,
  observation varchar not null,
  chain char(64) not null,
  primary key (gate_id, seq)
);
