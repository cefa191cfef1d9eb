-- What other systems are told of releases. Runs on H2 and PostgreSQL alike.
create index deployments_service on deployments (service, env, started_at);
create index gates_deployment on gates (deployment_key, opened_at);

-- That a deployment or one of its gates changed, written with the change, until a message was made
-- of it.
create table release_changes (
  number bigint generated always as identity primary key,
  deployment_key varchar(200) not null
);

-- One row for each target and release: the newest message, and how far it has come.
create table callbacks (
  id varchar(400) not null primary key,
  target varchar(100) not null,
  kind varchar(32) not null,
  subject varchar(200) not null,
  request varchar not null,
  service varchar(100) not null,
  env varchar(100) not null,
  deployment_key varchar(200) not null,
  revision integer not null,
  word varchar(32) not null,
  gate_id varchar(64) not null,
  path varchar not null,
  body varchar not null,
  status varchar(16) not null,
  attempts integer not null,
  decided_at bigint not null,
  next_at bigint not null,
  claimed_until bigint not null,
  remote_id varchar(100) not null,
  told varchar(32) not null,
  told_at bigint,
  answer varchar not null
);

create index callbacks_status on callbacks (status, next_at);
create index callbacks_deployment on callbacks (deployment_key);
create index callbacks_decided on callbacks (decided_at);

-- Every message that was told or given up.
create table callback_ledger (
  number bigint generated always as identity primary key,
  callback_id varchar(400) not null references callbacks (id),
  revision integer not null,
  word varchar(32) not null,
  status varchar(16) not null,
  attempts integer not null,
  decided_at bigint not null,
  ended_at bigint not null,
  answer varchar not null
);

create index callback_ledger_callback on callback_ledger (callback_id, number);
