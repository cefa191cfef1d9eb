-- Who is logged in. Runs on H2 and PostgreSQL alike. The id is the SHA-256 of what the browser
-- stores; proof is what the rights depend on, such as the digest of a password's hash.
create table sessions (
  id varchar(64) not null primary key,
  kind varchar(16) not null,
  holder varchar not null,
  name varchar not null,
  proof varchar not null,
  begun_at bigint not null,
  ends_at bigint not null
);

create index sessions_holder on sessions (kind, holder, begun_at);
create index sessions_end on sessions (ends_at);
