-- Fire drills of policies, and since when policies have a schedule of drills. Runs on H2 and
-- PostgreSQL alike.
create table drills (
  number bigint generated always as identity primary key,
  policy varchar(64) not null,
  open_policy varchar(64) unique,
  slot varchar(100) unique,
  started_at bigint not null,
  ended_at bigint,
  body varchar not null,
  version bigint not null
);

create index drills_policy on drills (policy, number);

create table drill_schedules (
  policy varchar(64) primary key,
  definition varchar not null,
  since bigint not null
);
