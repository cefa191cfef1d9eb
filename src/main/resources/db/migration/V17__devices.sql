-- Browsers that show notifications of people on call. Runs on H2 and PostgreSQL alike.
create table push_devices (
  id varchar(64) primary key,
  person varchar(64) not null,
  endpoint varchar(2000) not null,
  p256dh varchar(100) not null,
  auth varchar(40) not null,
  name varchar(100) not null,
  added_at bigint not null
);
