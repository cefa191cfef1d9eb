-- Who has each rotation since when, as last noticed: people are told once that their shift has
-- begun. Runs on H2 and PostgreSQL alike.
create table oncall_shifts (
  rotation varchar(64) primary key,
  person varchar(64) not null,
  begins_at bigint not null,
  previous varchar(64) not null,
  noticed_at bigint not null,
  news boolean not null,
  version bigint not null
);
