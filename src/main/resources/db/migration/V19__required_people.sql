-- How many people must acknowledge an episode, too, before its acknowledgement holds.
alter table episodes add column ack_missing integer not null default 0;
