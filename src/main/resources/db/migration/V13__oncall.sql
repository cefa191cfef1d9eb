-- Overrides of rotations. Runs on H2 and PostgreSQL alike.
create table oncall_overrides (
  id varchar(64) primary key,
  rotation varchar(64) not null,
  begins_at bigint not null,
  ends_at bigint not null,
  person varchar(64) not null,
  instead_of varchar(64) not null,
  swaps boolean not null,
  note varchar not null,
  author varchar not null,
  made_at bigint not null
);
