package io.pharos.ingest.fleet;

import io.pharos.config.http.SecretSource;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The contents of a `fleet.yml`.
///
/// @param expected allocation statuses of machines that should send heartbeats
/// @param maxHosts maximum number of hosts; further ones are only counted
/// @param forgetAfter time without a heartbeat after which a host without an inventory entry is
///   forgotten
/// @param interval interval of reading the sources
public record FleetConfig(
    Set<String> expected,
    int maxHosts,
    Duration forgetAfter,
    Duration interval,
    Optional<Postgresql> postgresql,
    Optional<Redis> redis,
    Optional<Push> push) {
  /// The configuration without a file: no sources.
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

  /// A database that is queried by a read-only session.
  ///
  /// @param zone zone of times without a zone
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

  /// A Redis with one key per host, whose JSON value contains the time of the last heartbeat.
  ///
  /// @param username empty for the default user
  /// @param prefix the part of the keys before the host
  /// @param beat path of the time in the JSON
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

  /// Heartbeats pushed by agents or the backend.
  ///
  /// @param silentAfter time without a heartbeat of any of several hosts after which the path to
  ///   Pharos counts as broken
  public record Push(Duration silentAfter) {}
}
