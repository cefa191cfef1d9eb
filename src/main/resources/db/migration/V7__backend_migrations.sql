-- What was last reported of each file of migrations of a service's own database. Instants are microseconds since 1970.

create table backend_migrations (
  service varchar(100) not null,
  env varchar(100) not null,
  file_name varchar(200) not null,
  phase varchar(16) not null,
  checksum integer not null,
  safe_from varchar(200) not null,
  state varchar(16) not null,
  release_version varchar(200) not null,
  failure varchar(2000) not null,
  recorded_at bigint not null,
  primary key (service, env, file_name)
);
