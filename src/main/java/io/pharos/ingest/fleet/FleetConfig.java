package io.pharos.ingest.fleet;

import io.pharos.config.http.SecretSource;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The contents of a `fleet.yml`.
///
/// @param expected allocation statuses of machines whose agents should send heartbeats
/// @param maxHosts maximum number of hosts; further hosts are only counted
/// @param forgetAfter a host that is in no inventory is removed after this time without a heartbeat
/// @param interval how often the sources are read
public record FleetConfig(
    Set<String> expected,
    int maxHosts,
    Duration forgetAfter,
    Duration interval,
    Optional<Postgresql> postgresql,
    Optional<Redis> redis,
    Optional<Push> push) {
  /// The configuration that is used if there is no file; it has no sources.
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
    if (maxHosts < 1) {
      throw new IllegalArgumentException(maxHosts + " hosts: expected at least 1");
    }
  }

  /// A database that is queried in a read-only session.
  ///
  /// @param zone time zone of the query's times that have no time zone
  /// @param machines query that returns `host`, `status` and `beat`
  /// @param gpus query that returns `host`, `state` and `count`; empty for none
  public record Postgresql(
      String url,
      String username,
      SecretSource password,
      ZoneId zone,
      Duration timeout,
      String machines,
      String gpus) {}

  /// A Redis server with one key per host, whose JSON value contains the time of the last
  /// heartbeat.
  ///
  /// @param username empty for the default user
  /// @param prefix the part of the keys before the host
  /// @param beat names of the JSON keys that lead to the time
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
      beat = List.copyOf(beat);
    }
  }

  /// Heartbeats that agents or the backend push to Pharos.
  ///
  /// @param silentAfter if no host pushes a heartbeat for this time, although several did before,
  ///   the path to Pharos is considered broken, and all hosts are unknown
  public record Push(Duration silentAfter) {}
}
