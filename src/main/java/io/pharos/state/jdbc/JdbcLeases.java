package io.pharos.state.jdbc;

import io.pharos.alerting.dispatch.LeaseStore;
import io.pharos.alerting.outbox.ShardOwnership;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/// Leases in `shard_leases`, of PostgreSQL only.
///
/// A transaction that writes for shards locks their rows by FOR KEY SHARE until its commit. They
/// can be renewed meanwhile, but not taken over: a takeover skips rows that are locked.
final class JdbcLeases implements LeaseStore {
  private static final String NOW =
      "cast(extract(epoch from clock_timestamp()) * 1000000 as bigint)";
  private static final String MINE = "select shard, token from shard_leases where owner = ?";

  private final Jdbc jdbc;
  private final String owner;
  private final String name;
  private boolean entered;

  /// @param replica this process; after a restart one of the same name gets its shards back at once
  JdbcLeases(Jdbc jdbc, Replica replica) {
    this.jdbc = jdbc;
    this.owner = replica.incarnation();
    this.name = replica.name();
  }

  private void enter() {
    if (entered) {
      return;
    }
    jdbc.write(
        "join the replicas",
        connection -> {
          Jdbc.<Integer>batch(
              connection,
              "insert into shard_leases (shard, owner, owner_name, token, expires_at)"
                  + " values (?, '', '', 0, 0) on conflict do nothing",
              IntStream.range(0, ShardOwnership.SHARDS).boxed().toList(),
              (statement, shard) -> statement.setInt(1, shard));
          update(connection, "delete from replicas where replica_name = ?", name);
          update(
              connection,
              "update shard_leases set owner = '', expires_at = 0 where owner_name = ?",
              name);
        });
    entered = true;
  }

  private static void update(Connection connection, String sql, String value) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, value);
      statement.executeUpdate();
    }
  }

  @Override
  public Renewed renew(Duration length) {
    enter();
    var held = new HashMap<Integer, Long>();
    var replicas = new ArrayList<Integer>();
    jdbc.write(
        "renew the leases",
        connection -> {
          try (PreparedStatement statement =
              connection.prepareStatement(
                  "insert into replicas (incarnation, replica_name, seen_at) values (?, ?, "
                      + NOW
                      + ") on conflict (incarnation) do update set seen_at = excluded.seen_at")) {
            statement.setString(1, owner);
            statement.setString(2, name);
            statement.executeUpdate();
          }
          try (PreparedStatement statement =
              connection.prepareStatement(
                  "update shard_leases set expires_at = "
                      + NOW
                      + " + ? where owner = ? returning shard, token")) {
            statement.setLong(1, micros(length));
            statement.setString(2, owner);
            held.putAll(shards(statement));
          }
          try (PreparedStatement statement =
              connection.prepareStatement(
                  "select count(*) from replicas where seen_at > " + NOW + " - ?")) {
            statement.setLong(1, micros(length));
            try (ResultSet row = statement.executeQuery()) {
              row.next();
              replicas.add(row.getInt(1));
            }
          }
          try (PreparedStatement statement =
              connection.prepareStatement("delete from replicas where seen_at < " + NOW + " - ?")) {
            statement.setLong(1, micros(length) * 100);
            statement.executeUpdate();
          }
        });
    return new Renewed(replicas.getLast(), held);
  }

  private static Map<Integer, Long> shards(PreparedStatement statement) throws SQLException {
    var shards = new HashMap<Integer, Long>();
    try (ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        shards.put(rows.getInt(1), rows.getLong(2));
      }
    }
    return shards;
  }

  private static long micros(Duration duration) {
    return duration.toNanos() / 1000;
  }

  @Override
  public Map<Integer, Long> acquire(int most, Duration length) {
    var taken = new HashMap<Integer, Long>();
    jdbc.write(
        "take leases",
        connection -> {
          taken.clear();
          try (PreparedStatement statement =
              connection.prepareStatement(
                  "update shard_leases set owner = ?, owner_name = ?, token = token + 1,"
                      + " expires_at = "
                      + NOW
                      + " + ? where shard in (select shard from shard_leases where expires_at < "
                      + NOW
                      + " order by shard limit ? for update skip locked) returning shard, token")) {
            statement.setString(1, owner);
            statement.setString(2, name);
            statement.setLong(3, micros(length));
            statement.setInt(4, most);
            taken.putAll(shards(statement));
          }
        });
    return taken;
  }

  @Override
  public void release(Set<Integer> shards) {
    jdbc.write(
        "give leases back",
        connection ->
            Jdbc.<Integer>batch(
                connection,
                "update shard_leases set owner = '', expires_at = 0 where shard = ? and owner = ?",
                shards.stream().sorted().toList(),
                (statement, shard) -> {
                  statement.setInt(1, shard);
                  statement.setString(2, owner);
                }));
  }

  @Override
  public void leave() {
    jdbc.write(
        "leave the replicas",
        connection -> {
          update(
              connection,
              "update shard_leases set owner = '', expires_at = 0 where owner = ?",
              owner);
          update(connection, "delete from replicas where incarnation = ?", owner);
        });
  }

  /// Those of the shards that are not this replica's. Until the transaction ends nobody takes the
  /// others.
  Set<Integer> foreign(Connection connection, Set<Integer> wanted) throws SQLException {
    var foreign = new HashSet<>(wanted);
    try (PreparedStatement statement =
        connection.prepareStatement(MINE + " order by shard for key share")) {
      statement.setString(1, owner);
      foreign.removeAll(shards(statement).keySet());
    }
    return foreign;
  }

  /// The writer's name in rows that others read.
  String owner() {
    return owner;
  }
}
