package io.pharos.server.api;

import io.pharos.model.Labels;
import io.pharos.tsdb.Tsdb;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Status and settings of the service; `server.app` implements it.
public interface ServiceStatus {
  /// Pharos' version, as in `0.1.0`.
  String version();

  /// Returns when the process was started.
  Instant startedAt();

  /// Whether all parts have been started, and the service is not stopping.
  boolean isReady();

  /// Returns the reasons why data is not stored, or stored only in memory; empty if everything is
  /// stored.
  default List<String> storageTroubles() {
    return List.of();
  }

  /// Returns the URL at which people reach Pharos, without a slash at the end.
  String externalUrl();

  /// Grafana's URL for people, without a slash at the end; empty if unknown.
  default String grafanaUrl() {
    return "";
  }

  /// Returns the flags of the command line with their values. No value is a secret.
  Map<String, String> flags();

  /// A flag on a page.
  ///
  /// @param isSet whether the value differs from the default
  record ShownFlag(String name, String value, String defaultValue, String help, boolean isSet) {}

  /// Returns [#flags] with their defaults and help texts, in the order of the manual.
  default List<ShownFlag> shownFlags() {
    return List.of();
  }

  /// A part of the configuration.
  ///
  /// @param path file or folder; empty if none is configured
  /// @param content what was read, such as `3 probes`
  record ConfigurationPart(String name, String path, String content) {}

  /// Returns the parts of the configuration.
  default List<ConfigurationPart> configuration() {
    return List.of();
  }

  /// Returns the loaded Prometheus configuration with masked secrets; empty if there is none.
  String configYaml();

  /// A reload that failed.
  ///
  /// @param problem file, line and what was expected; may contain values of the file
  record FailedReload(Instant at, String problem) {}

  /// Returns the last reload if it failed.
  Optional<FailedReload> failedReload();

  /// Whether the last reload succeeded. True if there was no reload yet.
  default boolean lastReloadSuccessful() {
    return failedReload().isEmpty();
  }

  /// Returns when the current configuration was loaded.
  Instant lastReloadAt();

  /// Prometheus' `external_labels`.
  Labels externalLabels();

  /// Returns the maximum age at which a sample still counts as current.
  Duration lookback();

  /// Returns the URLs to which alerts are sent; this service's own URL is the first.
  List<String> alertmanagers();

  /// Statistics of the samples in memory.
  Tsdb.HeadStats headStats();

  /// How long samples are kept, as in `15d`.
  String retention();

  /// Reads all configuration files again, and applies them if all are valid.
  ///
  /// @throws io.pharos.config.yaml.ConfigException if a file is invalid; nothing changes then
  void reload();
}
