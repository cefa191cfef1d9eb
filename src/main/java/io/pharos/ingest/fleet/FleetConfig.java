package io.pharos.ingest.fleet;

import static java.util.Objects.requireNonNull;

import io.pharos.config.http.SecretSource;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What a `fleet.yml` says.
///
/// @param expected the allocation statuses whose machines are to send heartbeats
/// @param maxHosts so many hosts are known at most; further ones are counted
/// @param forgetAfter after so long without a heartbeat a host is forgotten that no inventory names
/// @param interval how often sources are read
public record FleetConfig(
    Set<String> expected,
    int maxHosts,
    Duration forgetAfter,
    Duration interval,
    Optional<Postgresql> postgresql,
    Optional<Redis> redis,
    Optional<Push> push) {
  /// Without a file: nothing is read.
  public static final FleetConfig NONE =
      new FleetConfig(
          Set.of(),
          1,
          Duration.ofDays(1),
          Duration.ofSeconds(15),
          Optional.empty(),
          Optional.empty(),
          Optional.empty());

  public FleetConfig {
    expected = Set.copyOf(expected);
    requireNonNull(forgetAfter, "forgetAfter is null");
    requireNonNull(interval, "interval is null");
    requireNonNull(postgresql, "postgresql is null");
    requireNonNull(redis, "redis is null");
    requireNonNull(push, "push is null");
    if (maxHosts < 1) {
      throw new IllegalArgumentException(maxHosts + ": expected room for a host");
    }
  }

  /// A database of which rows are read, by a session that can change nothing.
  ///
  /// @param zone what times without a zone are in
  /// @param machines a query that gives `host`, `status` and `beat`
  /// @param gpus a query that gives `host`, `state` and `count`; empty for none
  public record Postgresql(
      String url,
      String username,
      SecretSource password,
      ZoneId zone,
      Duration timeout,
      String machines,
      String gpus) {
    public Postgresql {
      requireNonNull(url, "url is null");
      requireNonNull(username, "username is null");
      requireNonNull(password, "password is null");
      requireNonNull(zone, "zone is null");
      requireNonNull(timeout, "timeout is null");
      requireNonNull(machines, "machines is null");
      requireNonNull(gpus, "gpus is null");
    }
  }

  /// A Redis with a key for each host, whose JSON says when its last heartbeat was.
  ///
  /// @param username empty for the default user
  /// @param prefix what keys begin with, before the host
  /// @param beat the names down to the time in the JSON
  public record Redis(
      String host,
      int port,
      String username,
      SecretSource password,
      int database,
      String prefix,
      List<String> beat,
      Duration timeout) {
    public Redis {
      requireNonNull(host, "host is null");
      requireNonNull(username, "username is null");
      requireNonNull(password, "password is null");
      requireNonNull(prefix, "prefix is null");
      beat = List.copyOf(beat);
      requireNonNull(timeout, "timeout is null");
    }
  }

  /// Agents, or the backend, push.
  ///
  /// @param silentAfter after so long without any heartbeat of several hosts it is the way here
  ///   that is broken
  public record Push(Duration silentAfter) {
    public Push {
      requireNonNull(silentAfter, "silentAfter is null");
    }
  }
}
