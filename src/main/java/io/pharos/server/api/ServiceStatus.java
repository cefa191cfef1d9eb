package io.pharos.server.api;

import io.pharos.model.Labels;
import io.pharos.tsdb.Tsdb;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/// Status and settings of the service; `server.app` implements it.
public interface ServiceStatus {
  /// Pharos' version, as in `0.1.0`.
  String version();

  /// When the process was started.
  Instant startedAt();

  /// Whether all parts have been started and none is stopping.
  boolean isReady();

  /// Why data is not stored, or only in memory; empty if all is well.
  default List<String> storageTroubles() {
    return List.of();
  }

  /// The URL at which people reach Pharos, without a slash at the end.
  String externalUrl();

  /// Grafana's URL for people, without a slash at the end; empty if unknown.
  default String grafanaUrl() {
    return "";
  }

  /// The command line's flags with their values; none of them is a secret.
  Map<String, String> flags();

  /// The loaded Prometheus configuration with masked secrets; empty if there is none.
  String configYaml();

  /// Whether the last reload succeeded; true before the first.
  boolean lastReloadSuccessful();

  /// When the configuration in force was loaded.
  Instant lastReloadAt();

  /// Prometheus' `external_labels`.
  Labels externalLabels();

  /// Maximum age of a sample that counts as current.
  Duration lookback();

  /// The URLs to which alerts are sent, this service's own first.
  List<String> alertmanagers();

  /// Statistics of the samples in memory.
  Tsdb.HeadStats headStats();

  /// How long samples are kept, as in `15d`.
  String retention();

  /// Reads all versioned files again and applies all of them or none.
  ///
  /// @throws io.pharos.config.yaml.ConfigException if one is invalid; nothing changes then
  void reload();
}
