-- Rollouts, what happened to them, and the services that they are of. Runs on H2 and PostgreSQL alike.
-- Instants are microseconds since 1970; states are JSON (io.pharos.release.rollout.RolloutCodec).

create table rollouts (
  id varchar(64) not null primary key,
  deployment_key varchar(200) not null references deployments (deployment_key),
  service varchar(100) not null,
  env varchar(100) not null,
  started_at bigint not null,
  state varchar not null,
  constraint rollouts_deployment unique (deployment_key)
);

create index rollouts_started on rollouts (started_at);

-- Never changed.
create table rollout_events (
  rollout_id varchar(64) not null references rollouts (id),
  seq bigint not null,
  happened_at bigint not null,
  by_whom varchar(200) not null,
  what varchar(16) not null,
  phase varchar(16) not null,
  why varchar not null,
  primary key (rollout_id, seq)
);

-- What runs of a service in an environment, which agent acts for it, and its newest rollout. Whoever changes it must have
-- seen the last version.
create table rollout_sites (
  service varchar(100) not null,
  env varchar(100) not null,
  version bigint not null,
  state varchar not null,
  rollout_id varchar(64) references rollouts (id),
  under_way boolean not null,
  primary key (service, env)
);
