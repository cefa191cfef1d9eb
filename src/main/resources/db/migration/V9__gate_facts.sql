-- What is known of a gate, one fact after the other, never changed (docs/format/gate-facts.md):
-- each row's chain is a hash over the one before and the row. Gates from before have none.

create table gate_facts (
  gate_id varchar(64) not null references gates (id),
  seq integer not null,
  kind varchar(32) not null,
  recorded_at bigint not null,
  content varchar not null,
  chain char(64) not null,
  primary key (gate_id, seq)
);

create index gates_decided on gates (decided_at);
