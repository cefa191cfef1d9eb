-- Who changed what. Runs on H2 and PostgreSQL alike.
create table audit (
  number bigint generated always as identity primary key,
  at bigint not null,
  actor varchar not null,
  means varchar(16) not null,
  address varchar not null,
  action varchar not null,
  subject varchar not null,
  status integer not null
);

create index audit_at on audit (at);
