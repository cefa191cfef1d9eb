-- Alert groups from their first notification to their end, with the last acknowledgement. Runs on
-- H2 and PostgreSQL alike.
create table episodes (
  number bigint generated always as identity primary key,
  group_hash varchar(64) not null,
  open_hash varchar(64) unique,
  labels_hash varchar(64) not null,
  group_key varchar not null,
  group_labels varchar not null,
  receiver varchar not null,
  title varchar not null,
  severity varchar not null,
  severity_rank integer not null,
  current_rank integer not null,
  started_at bigint not null,
  opened_at bigint not null,
  ended_at bigint,
  reopened integer not null,
  members varchar not null,
  peak varchar not null,
  links varchar not null,
  event_count integer not null,
  omitted integer not null,
  seen_at bigint not null,
  ack_owner varchar,
  ack_comment varchar,
  ack_at bigint,
  ack_until bigint,
  ack_rank integer,
  ack_link varchar,
  ack_ended_at bigint,
  ack_end varchar(16),
  version bigint not null,
  unique (group_hash, started_at)
);

create index episodes_labels on episodes (labels_hash);
create index episodes_ended on episodes (ended_at);

-- The timeline of each episode.
create table episode_events (
  seq bigint generated always as identity primary key,
  episode bigint not null references episodes (number) on delete cascade,
  event_key varchar(200) not null,
  kind varchar(32) not null,
  at bigint not null,
  subject varchar not null,
  text varchar not null,
  finished_at bigint,
  outcome varchar(16) not null,
  unique (episode, event_key)
);
