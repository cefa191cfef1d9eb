-- Maintenance windows that people plan by requests. Runs on H2 and PostgreSQL alike.
create table maintenance_windows (
  name varchar(64) primary key,
  body varchar not null,
  author varchar not null,
  made_at bigint not null
);
