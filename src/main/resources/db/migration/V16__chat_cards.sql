-- Messages in chats that are edited until the end of their episode. Runs on H2 and PostgreSQL alike.
create table chat_cards (
  card_key varchar(16) primary key,
  group_hash varchar(64) not null,
  group_key varchar not null,
  receiver varchar not null,
  channel varchar(32) not null,
  place integer not null,
  chat varchar not null,
  message varchar not null,
  body varchar not null,
  told integer not null,
  decided_at bigint not null,
  shown varchar(64) not null,
  renew_at bigint,
  episode bigint not null,
  episode_version bigint not null,
  closed_at bigint,
  version bigint not null
);

create index chat_cards_group on chat_cards (group_hash);
create index chat_cards_open on chat_cards (closed_at, decided_at);
