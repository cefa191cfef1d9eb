-- What people decided in place of a gate's verdict, and why; never changed, never deleted.
-- Each row's chain is a hash over the one before it and over the audit trail that it was made after.

create table gate_overrides (
  gate_id varchar(64) not null references gates (id),
  seq integer not null,
  outcome varchar(16) not null,
  reason varchar not null,
  made_by varchar(100) not null,
  made_at bigint not null,
  state varchar(16) not null,
  evaluations integer not null,
  chain char(64) not null,
  primary key (gate_id, seq)
);
