package io.pharos.server.api;

import io.pharos.model.Labels;
import io.pharos.tsdb.HeadStats;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/// What the service says about itself; the composition root answers.
public interface ServiceStatus {
  /// Pharos' version, as in `0.1.0`.
  String version();

  Instant startedAt();

  /// Whether everything that must run before Pharos can do its work is running.
  boolean isReady();

  /// Why something that should be stored is not, or only in memory; empty where all is well.
  default List<String> troublesOfStorage() {
    return List.of();
  }

  /// How people reach this Pharos, without a slash at the end.
  String externalUrl();

  /// How people reach the Grafana of the dashboards, without a slash at the end; empty where that
  /// is not known.
  default String grafanaUrl() {
    return "";
  }

  /// The command line's flags with their values; none of them is a secret.
  Map<String, String> flags();

  /// The Prometheus configuration as loaded, secrets masked; empty where only the notifier runs.
  String configYaml();

  boolean lastReloadSuccessful();

  /// When the configuration in force was loaded.
  Instant lastReloadAt();

  /// Prometheus' `external_labels`.
  Labels externalLabels();

  /// How old a sample may be and still count as the current one.
  Duration lookback();

  /// The URLs that alerts are sent to, this service's own first.
  List<String> alertmanagers();

  /// What the store has in memory.
  HeadStats headStats();

  /// How long samples are kept, as in `15d`.
  String retention();

  /// Reads all versioned files again and puts them to work, all of them or none.
  ///
  /// @throws io.pharos.config.yaml.ConfigException when one of them is bad; everything stays as it
  ///   was
  void reload();
}
