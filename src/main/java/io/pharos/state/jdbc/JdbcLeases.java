package io.pharos.state.jdbc;

import io.pharos.alerting.dispatch.ShardKeeper;
import io.pharos.alerting.outbox.ShardOwnership;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Stores leases in `shard_leases`, in PostgreSQL only.
///
/// A transaction that writes data of shards locks the rows of these shards by FOR KEY SHARE until
/// its commit. Meanwhile the leases of these shards can be renewed but not taken over, because a
/// takeover skips locked rows.
final class JdbcLeases implements ShardKeeper.LeaseStore {
  private static final String NOW =
      "cast(extract(epoch from clock_timestamp()) * 1000000 as bigint)";

  private record Lease(int shard, long token) {
    static Lease read(ResultSet row) throws SQLException {
      return new Lease(row.getInt(1), row.getLong(2));
    }
  }

  private final Jdbc jdbc;
  private final String owner;
  private final String name;
  private boolean joined;

  /// @param replica this process; after a restart it gets the shards of the same replica name back
  ///   at once
  JdbcLeases(Jdbc jdbc, Replica replica) {
    this.jdbc = jdbc;
    this.owner = replica.incarnation();
    this.name = replica.name();
  }

  private void join() {
    if (joined) {
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
              shard -> Jdbc.row(shard));
          Jdbc.execute(connection, "delete from replicas where replica_name = ?", name);
          Jdbc.execute(
              connection,
              "update shard_leases set owner = '', expires_at = 0 where owner_name = ?",
              name);
        });
    joined = true;
  }

  @Override
  public Renewed renew(Duration length) {
    join();
    var renewed = new ArrayList<Lease>();
    var replicas = new AtomicInteger();
    jdbc.write(
        "renew the leases",
        connection -> {
          Jdbc.execute(
              connection,
              "insert into replicas (incarnation, replica_name, seen_at) values (?, ?, "
                  + NOW
                  + ") on conflict (incarnation) do update set seen_at = excluded.seen_at",
              owner,
              name);
          renewed.addAll(
              Jdbc.query(
                  connection,
                  "update shard_leases set expires_at = "
                      + NOW
                      + " + ? where owner = ? returning shard, token",
                  Lease::read,
                  micros(length),
                  owner));
          replicas.set(
              Jdbc.query(
                      connection,
                      "select count(*) from replicas where seen_at > " + NOW + " - ?",
                      row -> row.getInt(1),
                      micros(length))
                  .getFirst());
          Jdbc.execute(
              connection,
              "delete from replicas where seen_at < " + NOW + " - ?",
              micros(length) * 100);
        });
    return new Renewed(replicas.get(), tokens(renewed));
  }

  private static Map<Integer, Long> tokens(List<Lease> leases) {
    return leases.stream().collect(Collectors.toMap(Lease::shard, Lease::token));
  }

  private static long micros(Duration duration) {
    return duration.toNanos() / 1000;
  }

  @Override
  public Map<Integer, Long> acquire(int max, Duration length) {
    var acquired = new ArrayList<Lease>();
    jdbc.write(
        "acquire leases",
        connection ->
            acquired.addAll(
                Jdbc.query(
                    connection,
                    "update shard_leases set owner = ?, owner_name = ?, token = token + 1,"
                        + " expires_at = "
                        + NOW
                        + " + ? where shard in (select shard from shard_leases where expires_at < "
                        + NOW
                        + " order by shard limit ? for update skip locked) returning shard, token",
                    Lease::read,
                    owner,
                    name,
                    micros(length),
                    max)));
    return tokens(acquired);
  }

  @Override
  public void release(Set<Integer> shards) {
    jdbc.write(
        "release leases",
        connection ->
            Jdbc.<Integer>batch(
                connection,
                "update shard_leases set owner = '', expires_at = 0 where shard = ? and owner = ?",
                shards.stream().sorted().toList(),
                shard -> Jdbc.row(shard, owner)));
  }

  @Override
  public void leave() {
    jdbc.write(
        "leave the replicas",
        connection -> {
          Jdbc.execute(
              connection,
              "update shard_leases set owner = '', expires_at = 0 where owner = ?",
              owner);
          Jdbc.execute(connection, "delete from replicas where incarnation = ?", owner);
        });
  }

  /// Returns those of the shards `wanted` that this replica does not own. The replica's shards
  /// can't be taken over until the transaction ends.
  Set<Integer> foreign(Connection connection, Set<Integer> wanted) throws SQLException {
    var foreign = new HashSet<>(wanted);
    foreign.removeAll(
        Jdbc.query(
            connection,
            "select shard from shard_leases where owner = ? order by shard for key share",
            row -> row.getInt(1),
            owner));
    return foreign;
  }

  /// Returns the name of this process in the tables.
  String owner() {
    return owner;
  }
}
