-- Alerts, silences, the notification log and the outbox. Runs on H2 and PostgreSQL alike.
-- Instants are microseconds since 1970; labels and matchers are JSON; sets of alerts are
-- eight bytes for each fingerprint.

create table notifier_state (
  name varchar(64) not null primary key,
  number_value bigint not null
);

create table alerts (
  fingerprint bigint not null primary key,
  labels varchar not null,
  annotations varchar not null,
  starts_at bigint not null,
  ends_at bigint not null,
  updated_at bigint not null,
  is_timeout boolean not null,
  generator_url varchar not null,
  settled boolean not null
);

create table silences (
  id varchar(64) not null primary key,
  matchers varchar not null,
  starts_at bigint not null,
  ends_at bigint not null,
  updated_at bigint not null,
  created_by varchar not null,
  comment_text varchar not null
);

-- What an integration was last told of a group; the key is a hash, since group keys can be long.
create table notification_log (
  key_hash char(64) not null primary key,
  group_key varchar not null,
  receiver varchar not null,
  integration varchar(64) not null,
  integration_index integer not null,
  firing bytea not null,
  resolved bytea not null,
  logged_at bigint not null,
  expires_at bigint not null
);

-- The outbox while status is PENDING, the ledger after.
create table deliveries (
  number bigint generated always as identity,
  id varchar(64) not null primary key,
  key_hash char(64) not null,
  group_key varchar not null,
  receiver varchar not null,
  integration varchar(64) not null,
  integration_index integer not null,
  group_labels varchar not null,
  group_status varchar(16) not null,
  reason varchar(32) not null,
  firing_count integer not null,
  resolved_count integer not null,
  possible_duplicate boolean not null,
  decided_at bigint not null,
  deadline bigint not null,
  repeat_millis bigint not null,
  status varchar(16) not null,
  attempts integer not null,
  finished_at bigint,
  answer varchar not null,
  firing bytea,
  resolved bytea,
  payload bytea
);

create index deliveries_status on deliveries (status);
create index deliveries_decided on deliveries (decided_at);
create index deliveries_finished on deliveries (finished_at);
create index deliveries_key on deliveries (key_hash);

-- Attempts that did not work and were followed by another.
create table delivery_failures (
  delivery_id varchar(64) not null,
  attempt integer not null,
  failed_at bigint not null,
  reason varchar not null,
  primary key (delivery_id, attempt)
);
