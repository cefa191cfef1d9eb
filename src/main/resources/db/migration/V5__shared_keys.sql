-- Keys that all processes on one database share, made by the first. Runs on H2 and PostgreSQL alike.
create table shared_keys (
  name varchar(64) not null primary key,
  text varchar(4096) not null
);
